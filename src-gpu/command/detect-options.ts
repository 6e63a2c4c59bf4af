import type { Protocol } from '../../shared/protocol/protocol.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import type { TestTimeAugmentation } from '../evaluation/evaluate-split.ts';

/** Images of more megapixels are run as slides, when nobody says otherwise. */
export const SLIDE_ABOVE = 64;

/** What to look for, in which slide, with which model: of `detect`, `estimate` and `view` alike. */
export interface SlideOptions {
  readonly dataset: readonly string[];
  readonly organ?: string;
  readonly mpp?: number;
  readonly threshold?: number;
  readonly class?: readonly string[];
  /** GeoJSON file. */
  readonly region?: string;
  /** `auto` skips glass. */
  readonly tissue: 'auto' | 'none';
  /** Which image of a TIFF that holds several. */
  readonly series?: number;
  readonly model: string;
  /** A key of the card's `variants`. */
  readonly precision: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
}

export interface DetectCommandOptions extends SlideOptions {
  /** CSV file with a slide per row. */
  readonly manifest?: string;
  readonly out: string;
  readonly format: readonly string[];
  /** In micrometres. */
  readonly radius?: number;
  readonly overlay?: true;
  readonly protocol?: Protocol;
  readonly tta?: TestTimeAugmentation;
  /** Images of more megapixels are run as slides. */
  readonly slideAbove: number;
  /** Slides at work at once. */
  readonly jobs: number;
  /** Overwrite, and begin anew. */
  readonly force?: true;
  readonly json?: true;
}
