/**
 * Puts a file together byte by byte in one buffer, without a string per number: a million nuclei would
 * leave gigabytes of short-lived strings to the garbage collector.
 *
 * @module
 */

/** Bytes from which on a part is handed out. */
const PART_LENGTH = 1 << 16;

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const HEX = new TextEncoder().encode('0123456789abcdef');
const encoder = new TextEncoder();

export class PartWriter {
  #buffer = new Uint8Array(PART_LENGTH + 4096);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get isFull(): boolean {
    return this.#length >= PART_LENGTH;
  }

  /** What was written since the last `take` or `clear`, as a view that the next write may overwrite. */
  get written(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Hands out what was written so far, for the caller to keep, and begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const part = this.#buffer.slice(0, this.#length);
    this.clear();
    return part;
  }

  text(text: string): void {
    this.bytes(encoder.encode(text));
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A number rounded to `decimals`, without trailing zeros: as `String` writes it. Below 1e11 in size. */
  decimal(value: number, decimals: number): void {
    this.#reserve(24);
    let digits = Math.round(value * 10 ** decimals);
    if (digits < 0) {
      this.#buffer[this.#length++] = MINUS;
      digits = -digits;
    }
    let places = decimals;
    while (places > 0 && digits % 10 === 0) {
      digits /= 10;
      places--;
    }
    let count = 1;
    for (let power = 10; power <= digits; power *= 10) count++;
    count = Math.max(count, places + 1);
    const point = this.#length + count - places;
    this.#length += count + (places > 0 ? 1 : 0);
    for (let at = this.#length - 1; count > 0; at--) {
      if (places > 0 && at === point) {
        this.#buffer[at] = POINT;
        continue;
      }
      const rest = Math.floor(digits / 10);
      this.#buffer[at] = ZERO + digits - 10 * rest;
      digits = rest;
      count--;
    }
  }

  /** A UUID of 16 bytes in its usual form. */
  uuid(bytes: Uint8Array): void {
    this.#reserve(36);
    const buffer = this.#buffer;
    let at = this.#length;
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) buffer[at++] = MINUS;
      buffer[at++] = HEX[bytes[i]! >> 4]!;
      buffer[at++] = HEX[bytes[i]! & 15]!;
    }
    this.#length = at;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(2 * this.#buffer.length + bytes);
    larger.set(this.written);
    this.#buffer = larger;
  }
}
