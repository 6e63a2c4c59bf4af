/**
 * SHA-1 (FIPS 180-4) for name-based UUIDs, not for security. Written out because every nucleus of a file
 * needs one: Web Crypto is asynchronous, and the `uuid` package takes four times as long.
 *
 * @module
 */

const SCHEDULE = new Int32Array(80);
const STATE = new Int32Array(5);

/** Bytes that a message of `length` bytes fills with its padding: whole blocks of 64. */
export function paddedLength(length: number): number {
  return (((length + 8) >> 6) + 1) << 6;
}

/**
 * Hashes the first `length` bytes of `message`.
 *
 * @param message Has room for {@link paddedLength} bytes; the padding is written into it.
 * @param hash Receives the 20 bytes.
 */
export function sha1(message: Uint8Array, length: number, hash: Uint8Array): void {
  const end = paddedLength(length);
  message[length] = 0x80;
  message.fill(0, length + 1, end);
  putWord(message, end - 8, Math.floor(length / 0x2000_0000));
  putWord(message, end - 4, length << 3);
  STATE[0] = 0x67452301;
  STATE[1] = 0xefcdab89;
  STATE[2] = 0x98badcfe;
  STATE[3] = 0x10325476;
  STATE[4] = 0xc3d2e1f0;
  for (let block = 0; block < end; block += 64) compress(message, block);
  for (let i = 0; i < 5; i++) putWord(hash, 4 * i, STATE[i]!);
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

function compress(message: Uint8Array, block: number): void {
  const w = SCHEDULE;
  for (let t = 0, at = block; t < 16; t++, at += 4) {
    w[t] =
      (message[at]! << 24) | (message[at + 1]! << 16) | (message[at + 2]! << 8) | message[at + 3]!;
  }
  for (let t = 16; t < 80; t++) {
    const word = w[t - 3]! ^ w[t - 8]! ^ w[t - 14]! ^ w[t - 16]!;
    w[t] = (word << 1) | (word >>> 31);
  }
  let a = STATE[0]!;
  let b = STATE[1]!;
  let c = STATE[2]!;
  let d = STATE[3]!;
  let e = STATE[4]!;
  for (let t = 0; t < 80; t++) {
    let f: number;
    if (t < 20) f = ((b & c) | (~b & d)) + 0x5a827999;
    else if (t < 40) f = (b ^ c ^ d) + 0x6ed9eba1;
    else if (t < 60) f = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else f = (b ^ c ^ d) + 0xca62c1d6;
    const next = (((a << 5) | (a >>> 27)) + f + e + w[t]!) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  STATE[0]! += a;
  STATE[1]! += b;
  STATE[2]! += c;
  STATE[3]! += d;
  STATE[4]! += e;
}
