/**
 * Bytes that come in chunks and are taken from the front, with a search that looks at each byte once.
 *
 * @module
 */
export class ByteQueue {
  #buffer = new Uint8Array(64 * 1024);
  #start = 0;
  #end = 0;
  /** The pattern last looked for, and up to where it is not. */
  #sought: Uint8Array | undefined;
  #searched = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** @param index From the front. */
  at(index: number): number {
    return this.#buffer[this.#start + index]!;
  }

  push(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Where a pattern begins, from the front; -1 when it is not here yet. */
  find(pattern: Uint8Array): number {
    if (this.#sought !== pattern) {
      this.#sought = pattern;
      this.#searched = 0;
    }
    const buffer = this.#buffer;
    const last = this.#end - pattern.length;
    for (let at = this.#start + this.#searched; at <= last; at++) {
      at = buffer.indexOf(pattern[0]!, at);
      if (at < 0 || at > last) break;
      let same = 1;
      while (same < pattern.length && buffer[at + same] === pattern[same]) same++;
      if (same === pattern.length) {
        this.#searched = at - this.#start;
        return this.#searched;
      }
    }
    this.#searched = Math.max(0, last + 1 - this.#start);
    return -1;
  }

  /** Takes bytes from the front, as a copy. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#buffer.slice(this.#start, this.#start + length);
    this.drop(length);
    return bytes;
  }

  drop(length: number): void {
    this.#start += length;
    this.#sought = undefined;
  }

  #makeRoom(more: number): void {
    const { length } = this;
    const isSmall = length + more > this.#buffer.length / 2;
    const size = isSmall ? Math.max(this.#buffer.length * 2, length + more) : this.#buffer.length;
    const buffer = isSmall ? new Uint8Array(size) : this.#buffer;
    if (isSmall) buffer.set(this.#buffer.subarray(this.#start, this.#end));
    else buffer.copyWithin(0, this.#start, this.#end);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = length;
  }
}
