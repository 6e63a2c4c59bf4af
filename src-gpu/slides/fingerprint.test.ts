import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ByteSource } from './bytes/byte-source.ts';
import { fingerprintOf } from './fingerprint.ts';

/** A file whose bytes are computed, with some of them changed. */
function file(size: number, changed: readonly number[] = []) {
  let read = 0;
  const source: ByteSource = {
    label: 'file',
    size,
    async read(offset, length) {
      read += length;
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = ((offset + i) * 31) >> 3;
      for (const at of changed) {
        if (at >= offset && at < offset + length) bytes[at - offset]! ^= 1;
      }
      return bytes;
    },
    close: async () => {},
  };
  return { source, read: () => read };
}

test('a small file is hashed whole', async () => {
  const { source } = file(10_000_000);
  const whole = await source.read(0, source.size);
  const expected = createHash('sha256').update(whole).digest('hex');
  expect(await fingerprintOf(source)).toBe(expected);
  expect(await fingerprintOf(file(10_000_000, [5_000_001]).source)).not.toBe(expected);
});

test('of a large one 16 MiB are read, its ends among them, and its size counts', async () => {
  const size = 3_000_000_000;
  const { source, read } = file(size);
  const name = await fingerprintOf(source);
  expect(read()).toBe(16 * 1024 * 1024);
  expect(await fingerprintOf(file(size).source)).toBe(name);
  for (const at of [0, size - 1]) {
    expect(await fingerprintOf(file(size, [at]).source)).not.toBe(name);
  }
  expect(await fingerprintOf(file(size + 1).source)).not.toBe(name);
});

test('what lies beside the file counts too', async () => {
  const { source } = file(100);
  expect(await fingerprintOf(source, 'beside')).not.toBe(await fingerprintOf(source));
});
