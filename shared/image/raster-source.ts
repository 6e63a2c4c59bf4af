/**
 * A decoded image as a source that can be read at any resolution.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Raster } from './raster.ts';
import { isSize, readOnWhite } from './read-on-white.ts';
import { type PlaneWeights, planeWeights, resampleRegion } from './resample.ts';
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
  #weights: PlaneWeights | undefined;

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

  read(region: Region, plane: Size, signal?: AbortSignal): Promise<Raster> {
    return readOnWhite(region, plane, signal, (inside) =>
      resampleRegion(this.#raster, this.#weightsFor(plane), inside),
    );
  }

  /** One plane is read at a time, so the weights of the last one are all that is worth keeping. */
  #weightsFor(plane: Size): PlaneWeights {
    const kept = this.#weights?.plane;
    if (kept?.width !== plane.width || kept.height !== plane.height) {
      this.#weights = planeWeights(this, plane);
    }
    return this.#weights!;
  }
}
