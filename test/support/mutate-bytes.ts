/**
 * Damage to files, the same for the same stream of random numbers.
 *
 * @module
 */
import type { Random } from '../../shared/random.ts';

/** Bytes at the start of a file that are its header, about. */
const HEADER_BYTES = 256;
/** What fields of lengths, sizes and offsets are least ready for. */
const EXTREMES = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const below = (random: Random, end: number) => Math.floor(random.uniform(0, Math.max(1, end)));
/** A place in the file, in its header as often as not. */
const place = (random: Random, { length }: Uint8Array) =>
  below(random, random.chance(0.5) ? Math.min(length, HEADER_BYTES) : length);
const join = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));

const flip: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  for (let left = 1 + below(random, 4); left > 0; left--) {
    copy[place(random, copy)]! ^= 1 << below(random, 8);
  }
  return copy;
};

const extreme: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  const size = [1, 2, 4][below(random, 3)]!;
  const at = Math.min(place(random, copy), Math.max(0, copy.length - size));
  const value = EXTREMES[below(random, EXTREMES.length)]!;
  const isLittle = random.chance(0.5);
  for (let i = 0; i < Math.min(size, copy.length); i++) {
    copy[at + (isLittle ? i : size - 1 - i)] = value >>> (8 * i);
  }
  return copy;
};

const noise: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  const at = place(random, copy);
  const end = Math.min(copy.length, at + 1 + below(random, 64));
  for (let i = at; i < end; i++) copy[i] = random.bits();
  return copy;
};

const zero: Mutation = (bytes, random) => {
  const at = place(random, bytes);
  return bytes.slice().fill(0, at, at + 1 + below(random, 128));
};

const cut: Mutation = (bytes, random) => bytes.slice(0, below(random, bytes.length));

const remove: Mutation = (bytes, random) => {
  const at = place(random, bytes);
  return join(bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 200)));
};

const repeat: Mutation = (bytes, random) => {
  const at = place(random, bytes);
  const end = Math.min(bytes.length, at + 1 + below(random, 200));
  const times = 1 + below(random, 8);
  const part = bytes.subarray(at, end);
  return join(bytes.subarray(0, end), ...Array<Uint8Array>(times).fill(part), bytes.subarray(end));
};

const insert: Mutation = (bytes, random) => {
  const at = place(random, bytes);
  const strange = Uint8Array.from({ length: 1 + below(random, 64) }, () => random.bits());
  return join(bytes.subarray(0, at), strange, bytes.subarray(at));
};

const swap: Mutation = (bytes, random) => {
  const copy = bytes.slice();
  const length = 1 + below(random, 32);
  const [a, b] = [place(random, bytes), place(random, bytes)];
  copy.set(bytes.subarray(b, Math.min(b + length, bytes.length - Math.max(0, a - b))), a);
  return copy;
};

const MUTATIONS = { flip, extreme, noise, zero, cut, remove, repeat, insert, swap };
type MutationName = keyof typeof MUTATIONS;
const NAMES = Object.keys(MUTATIONS) as MutationName[];

/** @returns Other bytes, and what was done to get them: mostly one damage, else two. */
export function mutated(
  bytes: Uint8Array,
  random: Random,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly how: readonly MutationName[] } {
  const how = Array.from(
    { length: random.chance(0.8) ? 1 : 2 },
    () => NAMES[below(random, NAMES.length)]!,
  );
  let changed = bytes;
  for (const name of how) changed = MUTATIONS[name](changed, random);
  return { bytes: new Uint8Array(changed), how };
}
