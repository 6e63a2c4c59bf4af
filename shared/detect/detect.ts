/**
 * The one path of both tiers: from an image to its nuclei.
 *
 * @module
 */
import type { Engine } from '../engine/engine.ts';
import type { ImageSource } from '../image/source.ts';
import { detectPrepared } from './detect-prepared.ts';
import type { Detection } from './detection.ts';
import type { DetectOptions } from './options.ts';
import { prepare } from './prepare.ts';

/**
 * Finds and names the nuclei of an image.
 *
 * Windows are read and run in batches, the next being read while the model runs; all datasets of a
 * batch share one run, so the trunk is paid once. Memory does not depend on the number of windows,
 * except for the nuclei. The result depends on the image, the model, the resolution, the threshold,
 * the classes and the regions, and not on the batch.
 *
 * @param source The image; coordinates are its pixels at full resolution.
 * @param engine The loaded model; it stays open.
 * @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`, `DATASET_NOT_IN_MODEL`, `MPP_UNKNOWN`,
 * `MPP_INVALID`, `IMAGE_UNREADABLE`, `CARD_MISMATCH`, `MODEL_OUTPUT_INVALID` or
 * `CANCELED`; and what the source and the engine throw.
 * @example
 * const { results } = await detect(new RasterSource(raster, 0.25), { dataset: 'consep' }, engine);
 * console.log(results[0].nuclei.length);
 */
export async function detect(
  source: ImageSource,
  options: DetectOptions,
  engine: Engine,
): Promise<Detection> {
  return detectPrepared(source, prepare(source, options, engine.card), engine);
}
