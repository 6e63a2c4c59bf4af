/**
 * An image seen in a mirror.
 *
 * @module
 */
import type { Raster } from './raster.ts';
import type { ImageSource, Region, Size } from './source.ts';

/** Which axes are turned round. */
export interface Flip {
  readonly x: boolean;
  readonly y: boolean;
}

/** The four ways to hold an image against mirrors along its sides, the plain one first. */
export const FLIPS: readonly Flip[] = [
  { x: false, y: false },
  { x: true, y: false },
  { x: false, y: true },
  { x: true, y: true },
];

/** Reads an image as if it had been mirrored first. */
export class FlippedSource implements ImageSource {
  readonly width: number;
  readonly height: number;
  readonly mpp: number | undefined;
  readonly #source: ImageSource;
  readonly #flip: Flip;

  constructor(source: ImageSource, flip: Flip) {
    this.width = source.width;
    this.height = source.height;
    this.mpp = source.mpp;
    this.#source = source;
    this.#flip = flip;
  }

  async read(region: Region, level: Size, signal?: AbortSignal): Promise<Raster> {
    const { x, y, width, height } = region;
    const behind = {
      x: this.#flip.x ? level.width - x - width : x,
      y: this.#flip.y ? level.height - y - height : y,
      width,
      height,
    };
    return flipRaster(await this.#source.read(behind, level, signal), this.#flip);
  }
}

/** The mirrored image, as a copy where anything changes. */
function flipRaster(raster: Raster, flip: Flip): Raster {
  if (!flip.x && !flip.y) return raster;
  const { width, height } = raster;
  const data = new Uint8Array(raster.data.length);
  for (let row = 0; row < height; row++) {
    const from = (flip.y ? height - 1 - row : row) * width;
    for (let column = 0; column < width; column++) {
      const at = 3 * (from + (flip.x ? width - 1 - column : column));
      const to = 3 * (row * width + column);
      data[to] = raster.data[at]!;
      data[to + 1] = raster.data[at + 1]!;
      data[to + 2] = raster.data[at + 2]!;
    }
  }
  return { width, height, data };
}
