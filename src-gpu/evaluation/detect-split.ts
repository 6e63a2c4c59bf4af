/**
 * A model on the labelled pictures of a split.
 *
 * @module
 */
import type { ModelDataset } from '../../shared/datasets/model-datasets.ts';
import type { Detection, Warning } from '../../shared/detect/detection.ts';
import type { DetectOptions } from '../../shared/detect/options.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import type { ImageSource, Size } from '../../shared/image/source.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { rowsWhere, takeNuclei } from '../../shared/nuclei/select.ts';
import type { LabelledImage } from '../labelled-data/data-folder.ts';
import { openImage } from '../slides/open-image.ts';
import { startProgress } from '../terminal/progress.ts';
import type { ResolvedImage } from './perturbations/resolved-image.ts';

/** A labelled picture, and what was found in it. */
export interface FoundImage extends LabelledImage {
  readonly size: Size;
  /** In pixels of the picture. */
  readonly found: Nuclei;
}

export interface SplitDetection {
  readonly images: readonly FoundImage[];
  /** The threshold that was used. */
  readonly threshold: number;
  /** What happened in some pictures, each kind once, with the number of pictures. */
  readonly warnings: readonly CountedWarning[];
}

export type CountedWarning = Warning & { readonly pictures: number };

/** `detect`, or another way to look at a picture. */
export type Detect = (
  source: ImageSource,
  options: Pick<DetectOptions, 'dataset' | 'mpp' | 'threshold' | 'signal'>,
  engine: Engine,
) => Promise<Detection>;

/** What the model is shown in place of a picture: the same field, with other pixels. */
export type View = (picture: ResolvedImage) => Promise<ResolvedImage>;

/**
 * Runs the model on every picture, with a progress bar.
 *
 * @param threshold The card's, or the protocol's, when `undefined`.
 * @param view The pictures themselves when left out; nuclei come in pixels of these in any case.
 */
export async function detectSplit(
  images: readonly LabelledImage[],
  dataset: ModelDataset,
  detect: Detect,
  threshold: number | undefined,
  engine: Engine,
  signal: AbortSignal,
  view?: View,
): Promise<SplitDetection> {
  const progress = startProgress('pictures');
  const done: FoundImage[] = [];
  const warnings = new Map<string, CountedWarning>();
  let used = threshold ?? dataset.threshold;
  try {
    for (const labelled of images) {
      progress.update(done.length, images.length);
      const { source, raster } = await openImage(labelled.path);
      const seen = await view?.({ raster, mpp: labelled.mpp });
      const shown = seen ? new RasterSource(seen.raster) : source;
      const mpp = seen?.mpp ?? labelled.mpp;
      const options = { dataset: dataset.id, mpp, threshold, signal };
      const detection = await detect(shown, options, engine);
      const { nuclei, threshold: own } = detection.results[0]!;
      used = own;
      const size = { width: source.width, height: source.height };
      done.push({ ...labelled, size, found: scaled(nuclei, shown, size) });
      for (const warning of detection.warnings) {
        const pictures = (warnings.get(warning.code)?.pictures ?? 0) + 1;
        warnings.set(warning.code, { ...warning, ...warnings.get(warning.code), pictures });
      }
    }
    progress.update(done.length, images.length);
  } finally {
    progress.stop();
  }
  return { images: done, threshold: used, warnings: [...warnings.values()] };
}

/** From pixels of one picture to those of another of the same field. */
function scaled(nuclei: Nuclei, from: Size, to: Size): Nuclei {
  if (from.width === to.width && from.height === to.height) return nuclei;
  const scale = { x: to.width / from.width, y: to.height / from.height };
  return takeNuclei(
    nuclei,
    rowsWhere(nuclei.length, () => true),
    scale,
  );
}

/** Says on stderr what happened in some of the pictures. */
export function printWarnings({ images, warnings }: SplitDetection): void {
  for (const { pictures, detail } of warnings) {
    const share = `${pictures} of ${images.length} pictures`;
    console.error(`unicell: warning: ${share}; the first of them: ${detail}`);
  }
}
