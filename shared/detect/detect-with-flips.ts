/**
 * Test-time flips: the image is looked at four times, mirrored along its sides, and what is found is
 * averaged. It costs four times as much.
 *
 * @module
 */
import type { Engine } from '../engine/engine.ts';
import { FLIPS, type Flip, FlippedSource } from '../image/flipped-source.ts';
import type { ImageSource, Size } from '../image/source.ts';
import { mergeViews } from '../nuclei/merge-views.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { rowsWhere, takeNuclei } from '../nuclei/select.ts';
import { detect } from './detect.ts';
import type { Detection } from './detection.ts';
import type { DetectOptions } from './options.ts';
import { prepareRequest } from './prepare.ts';
import { resultFilter } from './result-filter.ts';
import { densityAreaMm2 } from './summary.ts';
import { classWarnings } from './warnings.ts';

/** A view says what it finds down to this score, so that the mean knows of what it doubts. */
const VIEW_THRESHOLD = 0.05;

/**
 * As {@link detect}, with the mean of four views (`mergeViews`), the thresholds of one, and the filters after the mean. The nuclei of a
 * mirrored image are the mirrored nuclei, whatever the model.
 *
 * @returns As `detect`, with the windows of all views; the warnings are those of the plain view.
 * @throws {UniCellError} As `detect`.
 */
export async function detectWithFlips(
  source: ImageSource,
  options: DetectOptions,
  engine: Engine,
): Promise<Detection> {
  // What is wrong with the filters is said before four views have been looked at.
  prepareRequest(options, engine.card);
  const { classes, regions } = options;
  const views: Detection[] = [];
  for (const [index, flip] of FLIPS.entries()) {
    const view = {
      ...options,
      // They belong after the mean, and regions lie elsewhere in a mirror.
      classes: undefined,
      regions: undefined,
      threshold: Math.min(VIEW_THRESHOLD, options.threshold ?? 1),
      onProgress: (done: number, total: number) =>
        options.onProgress?.(index * total + done, FLIPS.length * total),
    };
    views.push(await detect(new FlippedSource(source, flip), view, engine));
  }
  const [plain] = views;
  const { image, mpp } = plain!;
  return {
    ...plain!,
    classes,
    windows: views.reduce((sum, { windows }) => sum + windows, 0),
    areaMm2: regions ? densityAreaMm2(image, mpp.value, { regions }) : plain!.areaMm2,
    warnings: [
      ...plain!.warnings,
      ...plain!.results.flatMap(({ dataset }) => classWarnings(dataset, classes)),
    ],
    results: plain!.results.map((result, at) => {
      const { dataset } = result;
      const found = views.map(({ results }, v) => unflip(results[at]!.nuclei, FLIPS[v]!, image));
      const merged = mergeViews(found, dataset.suppressionRadiusUm / mpp.value);
      const threshold = options.threshold ?? dataset.threshold;
      const kept = rowsWhere(merged.length, (row) => merged.score[row]! >= threshold);
      const filter = resultFilter(dataset, { classes, regions });
      return { ...result, threshold, nuclei: filter(takeNuclei(merged, kept)) };
    }),
  };
}

function unflip(nuclei: Nuclei, flip: Flip, { width, height }: Size): Nuclei {
  return {
    ...nuclei,
    x: flip.x ? nuclei.x.map((x) => width - x) : nuclei.x,
    y: flip.y ? nuclei.y.map((y) => height - y) : nuclei.y,
  };
}
