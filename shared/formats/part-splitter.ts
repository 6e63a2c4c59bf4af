import type { FilePart } from './format.ts';

const PART_LENGTH = 1 << 16;

/** Makes parts of one size from bytes that come in pieces of any, also of none. */
export class PartSplitter {
  #waiting: Uint8Array[] = [];
  #length = 0;

  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#waiting.push(bytes);
    this.#length += bytes.length;
  }

  /** Parts that are full. */
  *full(): Generator<FilePart> {
    if (this.#length < PART_LENGTH) return;
    const all = this.#join();
    let at = 0;
    for (; at + PART_LENGTH <= all.length; at += PART_LENGTH) yield all.slice(at, at + PART_LENGTH);
    this.add(all.slice(at));
  }

  /** What is left. */
  *rest(): Generator<FilePart> {
    yield* this.full();
    if (this.#length > 0) yield this.#join();
  }

  #join(): FilePart {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#waiting) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#waiting = [];
    this.#length = 0;
    return all;
  }
}
