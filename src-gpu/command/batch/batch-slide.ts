import type { DetectedSlide } from '../detect-slide.ts';

/** What became of one slide of many: it is done, or it failed. */
export interface BatchSlide extends Partial<DetectedSlide> {
  readonly location: string;
  /** What its files are called, without `.DATASET.FORMAT`. */
  readonly stem: string;
  readonly error?: { readonly code: string; readonly message: string };
}
