/**
 * What every blob store must do; each driver's test runs it against the real thing.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlobStore } from '../../src-gpu/blobs/blob-store.ts';

export async function listedKeys(store: BlobStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

export function describeBlobStore(
  name: string,
  open: () => Promise<{ readonly store: BlobStore; close(): Promise<void> }>,
): void {
  describe(name, () => {
    let store: BlobStore;
    let close: () => Promise<void>;
    beforeAll(async () => {
      ({ store, close } = await open());
    });
    afterAll(() => close?.());

    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const bytesOf = async (stream: ReadableStream<Uint8Array> | undefined) =>
      stream && new Uint8Array(await new Response(stream).arrayBuffer());
    const keysOf = (prefix: string) => listedKeys(store, prefix);
    const text = (value: string) => new TextEncoder().encode(value);

    it('gives back what was put, whole and in parts', async () => {
      const content = text('0123456789');
      const put = await store.put('a/b/digits.txt', content);
      expect(put).toEqual({ bytes: 10, sha256: sha256(content) });
      expect(await store.bytes('a/b/digits.txt')).toEqual(content);
      expect(await bytesOf(await store.get('a/b/digits.txt'))).toEqual(content);
      const part = async (start: number, end: number) =>
        new TextDecoder().decode(await bytesOf(await store.get('a/b/digits.txt', { start, end })));
      expect(await part(0, 1)).toBe('0');
      expect(await part(3, 7)).toBe('3456');
      expect(await part(8, 100)).toBe('89');
      expect(await part(4, 4)).toBe('');
      expect(await part(10, 20)).toBe('');
      expect(await store.size('a/b/digits.txt')).toBe(10);
    });

    it('takes a stream larger than any buffer, and an empty one', async () => {
      const piece = new Uint8Array(700_001).map((_, i) => (i * 31) % 251);
      async function* pieces() {
        for (let i = 0; i < 50; i++) yield piece;
      }
      const put = await store.put('large', pieces());
      expect(put.bytes).toBe(50 * piece.length);
      const back = (await store.bytes('large'))!;
      expect(back.length).toBe(put.bytes);
      expect(sha256(back)).toBe(put.sha256);
      const middle = await bytesOf(
        await store.get('large', { start: 16_777_210, end: 16_777_226 }),
      );
      expect(middle).toEqual(back.subarray(16_777_210, 16_777_226));

      async function* nothing() {}
      expect(await store.put('empty', nothing())).toEqual({
        bytes: 0,
        sha256: sha256(new Uint8Array()),
      });
      expect(await store.bytes('empty')).toEqual(new Uint8Array());
      expect(await store.size('empty')).toBe(0);
      await store.remove('large');
      await store.remove('empty');
    });

    it('replaces a blob whole', async () => {
      await store.put('twice', text('the first, longer one'));
      await store.put('twice', text('second'));
      expect(await store.bytes('twice')).toEqual(text('second'));
    });

    it('knows what is not there', async () => {
      expect(await store.get('none')).toBeUndefined();
      expect(await store.get('none', { start: 0, end: 0 })).toBeUndefined();
      expect(await store.bytes('none')).toBeUndefined();
      expect(await store.size('none')).toBeUndefined();
      expect(await store.localPath('none')).toBeUndefined();
      expect(await keysOf('none/')).toEqual([]);
      await store.remove('none/');
    });

    it('lists keys by prefix, in order, and removes them', async () => {
      const keys = ['l/a-b', 'l/a/1', 'l/a/2', 'l/a0', 'l/b', 'l/c/d/e'];
      for (const key of keys.toReversed()) await store.put(key, text(key));
      await store.put('la', text('beside'));
      expect(await keysOf('l/')).toEqual(keys);
      expect(await keysOf('l/a')).toEqual(['l/a-b', 'l/a/1', 'l/a/2', 'l/a0']);
      expect(await keysOf('l/a/')).toEqual(['l/a/1', 'l/a/2']);
      await store.remove('l/a/');
      expect(await keysOf('l/')).toEqual(['l/a-b', 'l/a0', 'l/b', 'l/c/d/e']);
      await store.remove('l/');
      expect(await keysOf('l/')).toEqual([]);
      expect(await store.bytes('la')).toEqual(text('beside'));
    });

    it('leaves nothing of a blob whose source breaks or is canceled', async () => {
      const piece = new Uint8Array(6 * 2 ** 20);
      async function* broken() {
        for (let i = 0; i < 4; i++) yield piece;
        throw new RangeError('the connection broke');
      }
      await expect(store.put('half/broken', broken())).rejects.toThrow(RangeError);
      const stop = new AbortController();
      async function* endless() {
        for (let i = 0; ; i++) {
          if (i === 4) stop.abort();
          yield piece;
        }
      }
      await expect(store.put('half/canceled', endless(), stop.signal)).rejects.toMatchObject({
        code: 'CANCELED',
      });
      expect(await keysOf('half/')).toEqual([]);
      // What was there before stays.
      await store.put('half/kept', text('kept'));
      await expect(store.put('half/kept', broken())).rejects.toThrow(RangeError);
      expect(await store.bytes('half/kept')).toEqual(text('kept'));
    });

    it('never shows a part to those who read meanwhile', async () => {
      const [old, fresh] = [new Uint8Array(100_000).fill(1), new Uint8Array(100_000).fill(2)];
      await store.put('shared', old);
      const writing = Promise.all([1, 2, 3].map(() => store.put('shared', fresh)));
      for (let i = 0; i < 20; i++) {
        const seen = (await store.bytes('shared'))!;
        expect([sha256(old), sha256(fresh)]).toContain(sha256(seen));
      }
      await writing;
      expect(await store.bytes('shared')).toEqual(fresh);
    });

    it('has a path for readers that need a file', async () => {
      await store.put('slides/one.svs', text('pixels'));
      const path = (await store.localPath('slides/one.svs'))!;
      expect(path).toMatch(/\.svs$/);
      expect(await readFile(path, 'utf8')).toBe('pixels');
      await store.put('slides/one.svs', text('other pixels'));
      expect(await readFile((await store.localPath('slides/one.svs'))!, 'utf8')).toBe(
        'other pixels',
      );
    });

    it.each([
      '',
      '/',
      'a//b',
      '../a',
      'a/../b',
      '/etc/passwd',
      'a/.hidden',
      'a b',
      'a\\b',
      'ü',
      'a\0',
    ])('refuses the key %j', async (key) => {
      const refused = expect.objectContaining({ code: 'INTERNAL' });
      await expect(store.put(key, text('x'))).rejects.toEqual(refused);
      await expect(store.get(key)).rejects.toEqual(refused);
      await expect(store.size(key)).rejects.toEqual(refused);
    });

    it('says that it is well', async () => {
      await expect(store.check()).resolves.toBeUndefined();
    });
  });
}
