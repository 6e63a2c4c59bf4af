/**
 * A binary min-heap of (key, a, b) on typed arrays: the search frontier of the assignment. Objects on
 * a heap of millions of entries would spend their time in the garbage collector.
 *
 * @module
 */
export class Frontier {
  length = 0;
  /** The entry that {@link pop} took out last. */
  key = 0;
  a = 0;
  b = 0;
  #keys = new Float64Array(256);
  #as = new Int32Array(256);
  #bs = new Int32Array(256);

  /** The smallest key, or infinity when empty. */
  get smallest(): number {
    return this.length > 0 ? this.#keys[0]! : Infinity;
  }

  clear(): void {
    this.length = 0;
  }

  push(key: number, a: number, b: number): void {
    if (this.length === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const as = this.#as;
    const bs = this.#bs;
    let i = this.length++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[i] = keys[parent]!;
      as[i] = as[parent]!;
      bs[i] = bs[parent]!;
      i = parent;
    }
    keys[i] = key;
    as[i] = a;
    bs[i] = b;
  }

  /** Takes the entry with the smallest key out, into `key`, `a` and `b`. The heap must not be empty. */
  pop(): void {
    const keys = this.#keys;
    const as = this.#as;
    const bs = this.#bs;
    this.key = keys[0]!;
    this.a = as[0]!;
    this.b = bs[0]!;
    const n = --this.length;
    const key = keys[n]!;
    let i = 0;
    const firstLeaf = n >> 1;
    while (i < firstLeaf) {
      let child = 2 * i + 1;
      if (child + 1 < n && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[i] = keys[child]!;
      as[i] = as[child]!;
      bs[i] = bs[child]!;
      i = child;
    }
    keys[i] = key;
    as[i] = as[n]!;
    bs[i] = bs[n]!;
  }

  #grow(): void {
    const size = 2 * this.#keys.length;
    const keys = new Float64Array(size);
    const as = new Int32Array(size);
    const bs = new Int32Array(size);
    keys.set(this.#keys);
    as.set(this.#as);
    bs.set(this.#bs);
    this.#keys = keys;
    this.#as = as;
    this.#bs = bs;
  }
}
