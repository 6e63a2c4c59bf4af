/**
 * How many nuclei of each class lie in each cell of a grid over an image, counted table by table.
 *
 * @module
 */
import type { Size } from '../../shared/image/source.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';

/** Cells along the longer side: a heat map is smooth, so few are enough. */
const LONG_SIDE = 192;
/** Smaller cells would show single nuclei, in micrometres. */
const LEAST_CELL_UM = 16;

/** Counts of a grid over an image. */
export interface DensityCells extends Size {
  /** Area of a cell in square millimetres. */
  readonly cellMm2: number;
  /** Pixels of the image that a cell is wide and high. */
  readonly cellPx: number;
  /** By class, row by row from the top left. */
  readonly counts: readonly Uint32Array[];
}

export class DensityGrid implements DensityCells {
  readonly width: number;
  readonly height: number;
  readonly cellMm2: number;
  readonly counts: readonly Uint32Array[];
  readonly #perPx: number;

  /**
   * @param image Size at full resolution.
   * @param mpp Micrometres per pixel of it.
   */
  constructor(image: Size, mpp: number, classes: number) {
    const longPx = Math.max(image.width, image.height);
    const cellPx = Math.max(longPx / LONG_SIDE, LEAST_CELL_UM / mpp, 1);
    this.#perPx = 1 / cellPx;
    this.width = Math.max(1, Math.ceil(image.width / cellPx));
    this.height = Math.max(1, Math.ceil(image.height / cellPx));
    this.cellMm2 = (cellPx * mpp) ** 2 / 1e6;
    this.counts = Array.from({ length: classes }, () => new Uint32Array(this.width * this.height));
  }

  get cellPx(): number {
    return 1 / this.#perPx;
  }

  /** @param nuclei In pixels of the image. */
  add({ x, y, class: classes, length }: Nuclei): void {
    for (let row = 0; row < length; row++) {
      const column = Math.min(this.width - 1, Math.max(0, Math.floor(x[row]! * this.#perPx)));
      const line = Math.min(this.height - 1, Math.max(0, Math.floor(y[row]! * this.#perPx)));
      this.counts[classes[row]!]![line * this.width + column]! += 1;
    }
  }
}
