/**
 * Slices of a stream of blocks, as if they were one table.
 *
 * @module
 */
import type { Nuclei } from './nuclei.ts';
import { sliceNuclei } from './select.ts';

/**
 * Cuts a stream of blocks by rows. Slices that are taken one after the other, each to its end, read the
 * stream once; any other begins it anew.
 */
export class BlockSlices {
  readonly #blocks: () => AsyncIterable<Nuclei>;
  #reader: AsyncIterator<Nuclei> | undefined;
  /** What is left of the block at hand, and the row of the stream that it begins with. */
  #rest: Nuclei | undefined;
  #row = 0;

  constructor(blocks: () => AsyncIterable<Nuclei>) {
    this.#blocks = blocks;
  }

  /** The rows from `start` to `end`, which is excluded; rows beyond the end of the stream are not there. */
  async *slice(start: number, end: number): AsyncGenerator<Nuclei> {
    if (this.#reader === undefined || this.#row !== start) await this.#restart();
    while (this.#row < end) {
      const block = this.#rest ?? (await this.#next());
      if (block === undefined) return;
      const from = Math.min(block.length, Math.max(0, start - this.#row));
      const to = Math.min(block.length, end - this.#row);
      this.#row += to;
      this.#rest = to < block.length ? sliceNuclei(block, to, block.length) : undefined;
      if (from < to) yield sliceNuclei(block, from, to);
    }
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#reader?.return?.();
    this.#reader = undefined;
  }

  async #restart(): Promise<void> {
    await this.close();
    this.#reader = this.#blocks()[Symbol.asyncIterator]();
    this.#rest = undefined;
    this.#row = 0;
  }

  async #next(): Promise<Nuclei | undefined> {
    const next = await this.#reader!.next();
    return next.done ? undefined : next.value;
  }
}
