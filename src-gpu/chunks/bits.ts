/** Flags by number, as short text for JSON: bit `i` is bit `i % 8` of byte `i / 8`, in base64. */
export class Bits {
  readonly #bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param size How many flags there are. */
  static of(size: number, set: Iterable<number> = []): Bits {
    const bytes = new Uint8Array(Math.ceil(size / 8));
    for (const i of set) bytes[i >> 3]! |= 1 << (i & 7);
    return new Bits(bytes);
  }

  static parse(text: string): Bits {
    return new Bits(Buffer.from(text, 'base64'));
  }

  has(i: number): boolean {
    return ((this.#bytes[i >> 3] ?? 0) & (1 << (i & 7))) !== 0;
  }

  /** These and one more. */
  with(i: number): Bits {
    const bytes = this.#bytes.slice();
    bytes[i >> 3]! |= 1 << (i & 7);
    return new Bits(bytes);
  }

  /** These less one. */
  without(i: number): Bits {
    const bytes = this.#bytes.slice();
    if (this.has(i)) bytes[i >> 3]! &= ~(1 << (i & 7));
    return new Bits(bytes);
  }

  /** The numbers that are set, in order. */
  *[Symbol.iterator](): Generator<number> {
    for (let i = 0; i < this.#bytes.length * 8; i++) {
      if (this.has(i)) yield i;
    }
  }

  get count(): number {
    return [...this].length;
  }

  toString(): string {
    return Buffer.from(this.#bytes).toString('base64');
  }
}
