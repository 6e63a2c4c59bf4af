/**
 * Grows a column table of nuclei, one at a time.
 *
 * @module
 */
import type { Nuclei } from './nuclei.ts';

/** A column table that can still grow; it doubles, so adding a million nuclei copies each about once. */
export class NucleiBuilder implements Nuclei {
  #x: Float32Array;
  #y: Float32Array;
  #class: Uint8Array;
  #score: Float32Array;
  #length = 0;

  /** @param capacity How many nuclei to make room for at first. */
  constructor(capacity = 256) {
    this.#x = new Float32Array(capacity);
    this.#y = new Float32Array(capacity);
    this.#class = new Uint8Array(capacity);
    this.#score = new Float32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get x(): Float32Array {
    return this.#x.subarray(0, this.#length);
  }

  get y(): Float32Array {
    return this.#y.subarray(0, this.#length);
  }

  get class(): Uint8Array {
    return this.#class.subarray(0, this.#length);
  }

  get score(): Float32Array {
    return this.#score.subarray(0, this.#length);
  }

  push(x: number, y: number, classIndex: number, score: number): void {
    const at = this.#length++;
    if (at === this.#x.length) {
      this.#grow();
    }
    this.#x[at] = x;
    this.#y[at] = y;
    this.#class[at] = classIndex;
    this.#score[at] = score;
  }

  /** The nuclei so far, in columns of exactly their number. */
  build(): Nuclei {
    return {
      length: this.#length,
      x: this.#x.slice(0, this.#length),
      y: this.#y.slice(0, this.#length),
      class: this.#class.slice(0, this.#length),
      score: this.#score.slice(0, this.#length),
    };
  }

  #grow(): void {
    const capacity = Math.max(16, this.#x.length * 2);
    this.#x = enlarged(this.#x, new Float32Array(capacity));
    this.#y = enlarged(this.#y, new Float32Array(capacity));
    this.#class = enlarged(this.#class, new Uint8Array(capacity));
    this.#score = enlarged(this.#score, new Float32Array(capacity));
  }
}

function enlarged<T extends Float32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
