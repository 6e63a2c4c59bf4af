/**
 * What a caller may ask of a detection.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { RegionFilter } from '../tiling/region-filter.ts';

/** Options of `detect`; only `dataset` must be given. */
export interface DetectOptions {
  /** One dataset id, several, `all`, or `auto` (see `routeDatasets`). */
  readonly dataset: string | readonly string[];
  /** Organ or tissue of the image, the hint for `auto`. */
  readonly organ?: string | undefined;
  /** Micrometres per pixel of the image; counts before the file's header. */
  readonly mpp?: number | undefined;
  /** Lowest score of a nucleus, for all datasets; the model card has one for each. */
  readonly threshold?: number | undefined;
  /** Only nuclei of these classes, by name, label or alias. Others still suppress duplicates. */
  readonly classes?: readonly string[] | undefined;
  /** Only nuclei inside; windows that are not needed for them are not run. */
  readonly regions?: RegionFilter | undefined;
  /** Windows per run of the model, 1 to 256; what suits the engine when left out. For speed only. */
  readonly batch?: number | undefined;
  /** Stops the detection between two batches. */
  readonly signal?: AbortSignal | undefined;
  /** Called before the first window and after every batch, with windows done and in total. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const MAX_BATCH = 256;

/**
 * Checks the numbers among the options.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`.
 */
export function checkOptions({ threshold, batch }: DetectOptions): void {
  if (threshold !== undefined && !(threshold > 0 && threshold < 1)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `threshold is ${threshold}; it must be between 0 and 1, both excluded.`,
    );
  }
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `batch is ${batch}; it must be a whole number from 1 to ${MAX_BATCH}.`,
    );
  }
}
