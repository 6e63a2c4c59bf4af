/**
 * A decoded image as a source that can be read at any resolution.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Raster } from './raster.ts';
import { isSize, readOnWhite } from './read-on-white.ts';
import { type ResampleWeights, resampleRegion, resampleWeights } from './resample.ts';
import type { ImageSource, Region, Size } from './source.ts';

/**
 * Reads regions of an image that is in memory, resampled with antialiased bicubic weights.
 *
 * @example
 * const source = new RasterSource(raster, 0.25);
 * await source.read({ x: 0, y: 0, width: 256, height: 256 }, { width: 500, height: 500 });
 */
export class RasterSource implements ImageSource {
  readonly width: number;
  readonly height: number;
  readonly mpp: number | undefined;
  readonly #raster: Raster;
  #weights: ResampleWeights | undefined;

  /**
   * @param mpp Micrometres per pixel as the image's header states them.
   * @throws {UniCellError} `IMAGE_UNREADABLE` when the bytes are not `width * height * 3`.
   */
  constructor(raster: Raster, mpp?: number) {
    const { width, height, data } = raster;
    if (!isSize(raster) || data.length !== width * height * 3) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `A raster of ${width} x ${height} pixels came with ${data.length} bytes; it needs at least 1 x 1 pixels and 3 bytes for each.`,
      );
    }
    this.width = width;
    this.height = height;
    this.mpp = mpp;
    this.#raster = raster;
  }

  read(region: Region, level: Size, signal?: AbortSignal): Promise<Raster> {
    return readOnWhite(region, level, signal, (inside) =>
      resampleRegion(this.#raster, this.#weightsFor(level), inside),
    );
  }

  /** One level is read at a time, so the weights of the last one are all that is worth keeping. */
  #weightsFor(level: Size): ResampleWeights {
    const kept = this.#weights?.level;
    if (kept?.width !== level.width || kept.height !== level.height) {
      this.#weights = resampleWeights(this, level);
    }
    return this.#weights!;
  }
}
