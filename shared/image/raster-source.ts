/**
 * A decoded picture as a source that can be read at any resolution.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import { UniCellError } from '../errors.ts';
import type { Raster } from './raster.ts';
import { type PlaneWeights, planeWeights, resampleRegion } from './resample.ts';
import type { ImageSource, Region, Size } from './source.ts';

const WHITE = 255;

/**
 * Reads regions of a picture that is in memory, resampled with antialiased bicubic weights.
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
   * @param mpp Micrometres per pixel as the picture's header states them.
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

  async read(region: Region, plane: Size, signal?: AbortSignal): Promise<Raster> {
    throwIfCanceled(signal);
    if (!isSize(region) || !isSize(plane) || !Number.isInteger(region.x + region.y)) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `Cannot read ${JSON.stringify(region)} of the plane ${JSON.stringify(plane)}; give whole pixels and at least 1 x 1 of them.`,
      );
    }
    const left = Math.max(0, region.x);
    const top = Math.max(0, region.y);
    const width = Math.min(plane.width, region.x + region.width) - left;
    const height = Math.min(plane.height, region.y + region.height) - top;
    const isInside = width === region.width && height === region.height;
    if (isInside) {
      return resampleRegion(this.#raster, this.#weightsFor(plane), region);
    }
    const data = new Uint8Array(region.width * region.height * 3).fill(WHITE);
    if (width > 0 && height > 0) {
      const inside = { x: left, y: top, width, height };
      const cut = resampleRegion(this.#raster, this.#weightsFor(plane), inside);
      for (let row = 0; row < height; row++) {
        const to = ((top - region.y + row) * region.width + left - region.x) * 3;
        data.set(cut.data.subarray(row * width * 3, (row + 1) * width * 3), to);
      }
    }
    return { width: region.width, height: region.height, data };
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

function isSize({ width, height }: Size): boolean {
  return Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
}
