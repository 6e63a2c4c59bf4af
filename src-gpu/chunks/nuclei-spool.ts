/**
 * Tables of nuclei on disk, in the order in which they are added: written once, read as often as need be.
 *
 * @module
 */

import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import type { ScratchFile } from '../blobs/scratch-file.ts';

/** Where a table lies. */
export interface SpooledTable {
  readonly at: number;
  readonly length: number;
}

const NUCLEUS_BYTES = 13;

export class NucleiSpool {
  readonly #open: () => Promise<ScratchFile>;
  #file: ScratchFile | undefined;

  /** @param open Called when the first nucleus comes. */
  constructor(open: () => Promise<ScratchFile>) {
    this.#open = open;
  }

  /** @throws {UniCellError} `OUTPUT_UNWRITABLE`. */
  async add(nuclei: Nuclei): Promise<SpooledTable> {
    const { length } = nuclei;
    if (length === 0) return { at: 0, length };
    const { bytes, table } = emptyTable(length);
    table.x.set(nuclei.x);
    table.y.set(nuclei.y);
    table.score.set(nuclei.score);
    table.class.set(nuclei.class);
    this.#file ??= await this.#open();
    return { at: await this.#file.append(bytes), length };
  }

  async read({ at, length }: SpooledTable): Promise<Nuclei> {
    const { bytes, table } = emptyTable(length);
    if (length > 0) await this.#file!.read(at, bytes);
    return table;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** A table whose columns lie in one piece of memory. */
function emptyTable(length: number) {
  const bytes = new Uint8Array(length * NUCLEUS_BYTES);
  const { buffer } = bytes;
  const table = {
    length,
    x: new Float32Array(buffer, 0, length),
    y: new Float32Array(buffer, 4 * length, length),
    score: new Float32Array(buffer, 8 * length, length),
    class: new Uint8Array(buffer, 12 * length, length),
  } satisfies Nuclei;
  return { bytes, table };
}
