/**
 * Many windows, one table: every window gives the nuclei it owns, and two windows that both found a
 * nucleus at the seam between them are one prediction in the end.
 *
 * @module
 */
import type { Region, Size } from '../image/source.ts';
import { isInSeamBand } from '../tiling/ownership.ts';
import { NucleiBuilder } from './builder.ts';
import { type ChunkNuclei, openRows } from './chunk-nuclei.ts';
import type { Nuclei } from './nuclei.ts';
import { inReadingOrder } from './reading-order.ts';
import { rowsWhere, takeNuclei } from './select.ts';
import { suppressDuplicates } from './suppress.ts';

/**
 * Merges the nuclei of windows, given in any order, each window once. Within a window duplicates are
 * gone already (`decodeWindow`); across a seam only nuclei of the seam band, nearer to a border between
 * two cores than the suppression radius, can be duplicates of one another, so only they are indexed.
 *
 * @example
 * const merger = new NucleiMerger(plan.level, 3);
 * for (const window of plan) merger.add(window.core, nucleiOf(window));
 * merger.finish({ width: 4000, height: 3000 });
 */
export class NucleiMerger {
  readonly #level: Size;
  readonly #radiusPx: number;
  readonly #nuclei = new NucleiBuilder();
  #bandRows = new Uint32Array(64);
  #bandLength = 0;

  /**
   * @param level The level that the windows were planned for.
   * @param radiusPx Two predictions nearer than this are one nucleus, in pixels of the level.
   */
  constructor(level: Size, radiusPx: number) {
    this.#level = level;
    this.#radiusPx = radiusPx;
  }

  /**
   * Adds the nuclei that one window owns.
   *
   * @param core The core of the window.
   * @param owned In pixels of the level.
   */
  add(core: Region, owned: Nuclei): void {
    const { x, y, class: classes, score, length } = owned;
    for (let row = 0; row < length; row++) {
      if (isInSeamBand(core, this.#level, x[row]!, y[row]!, this.#radiusPx)) {
        this.#pushBand(this.#nuclei.length);
      }
      this.#nuclei.push(x[row]!, y[row]!, classes[row]!, score[row]!);
    }
  }

  /**
   * All nuclei, each once, from top to bottom and from left to right.
   *
   * @param image Size of the image at full resolution, for the coordinates of the result.
   */
  finish(image: Size = this.#level): Nuclei {
    const all = this.#nuclei;
    const isDuplicate = this.#duplicates();
    const rows = rowsWhere(all.length, (row) => isDuplicate[row] === 0);
    const scale = {
      x: image.width / this.#level.width,
      y: image.height / this.#level.height,
    };
    return takeNuclei(all, inReadingOrder(all, rows), scale);
  }

  /**
   * The nuclei of a chunk, when the windows were all those of one. What lies at a border that the chunk
   * shares with others stays open: only with their nuclei is it known what is a duplicate there.
   *
   * @param core The core of the chunk.
   * @returns In pixels of the level, from top to bottom and from left to right.
   */
  finishChunk(core: Region): ChunkNuclei {
    const all = this.#nuclei;
    const band = takeNuclei(all, this.#band);
    const isOpen = this.#spread(openRows(band, core, this.#level, this.#radiusPx));
    const isDuplicate = this.#duplicates();
    const take = (keep: (row: number) => boolean) =>
      takeNuclei(all, inReadingOrder(all, rowsWhere(all.length, keep)));
    return {
      decided: take((row) => isOpen[row] === 0 && isDuplicate[row] === 0),
      open: take((row) => isOpen[row] === 1),
    };
  }

  get #band(): Uint32Array {
    return this.#bandRows.subarray(0, this.#bandLength);
  }

  #duplicates(): Uint8Array {
    return this.#spread(suppressDuplicates(takeNuclei(this.#nuclei, this.#band), this.#radiusPx));
  }

  /** Flags of the band's rows as flags of all rows. */
  #spread(flags: Uint8Array): Uint8Array {
    const spread = new Uint8Array(this.#nuclei.length);
    for (const [i, row] of this.#band.entries()) {
      spread[row] = flags[i]!;
    }
    return spread;
  }

  #pushBand(row: number): void {
    if (this.#bandLength === this.#bandRows.length) {
      const rows = this.#bandRows;
      this.#bandRows = new Uint32Array(rows.length * 2);
      this.#bandRows.set(rows);
    }
    this.#bandRows[this.#bandLength++] = row;
  }
}
