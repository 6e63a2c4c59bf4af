import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeBlobStore } from '../../test/conformance/blob-store.ts';
import { smallDisk } from '../../test/support/small-disk.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { openFsBlobStore } from './fs-blob-store.ts';

const folder = tempFolder();
const disk = smallDisk(1024);

describeBlobStore('the store in a folder', async () => {
  const store = await openFsBlobStore(join(folder, 'new', 'blobs'));
  return { store, close: () => store.close() };
});

describe('the folder of blobs', () => {
  it('is left clean: no parts, no empty folders', async () => {
    const root = join(folder, 'clean');
    const store = await openFsBlobStore(root);
    await store.put('a/b/c', new Uint8Array(10));
    await store.remove('a/');
    expect(readdirSync(root)).toEqual(['.parts']);
    expect(readdirSync(join(root, '.parts'))).toEqual([]);
  });

  it('loses what a killed process left there a day ago', async () => {
    const root = join(folder, 'killed');
    mkdirSync(join(root, '.parts'), { recursive: true });
    writeFileSync(join(root, '.parts', 'old'), 'x');
    writeFileSync(join(root, '.parts', 'young'), 'x');
    const yesterday = Date.now() / 1000 - 25 * 3600;
    utimesSync(join(root, '.parts', 'old'), yesterday, yesterday);
    await openFsBlobStore(root);
    expect(readdirSync(join(root, '.parts'))).toEqual(['young']);
  });

  it('lends files that nobody finds and nothing is left of', async () => {
    const root = join(folder, 'scratch');
    const store = await openFsBlobStore(root);
    const file = await store.scratch();
    expect(readdirSync(join(root, '.parts'))).toEqual([]);
    const parts = [1, 2, 3].map((value) => new Uint8Array(value * 100_000).fill(value));
    const places: number[] = [];
    for (const part of parts) places.push(await file.append(part));
    for (const [i, part] of [...parts.entries()].reverse()) {
      const back = new Uint8Array(part.length);
      await file.read(places[i]!, back);
      expect(back).toEqual(part);
    }
    await expect(file.read(places[2]!, new Uint8Array(300_001))).rejects.toThrow(RangeError);
    await file.close();
    expect(readdirSync(join(root, '.parts'))).toEqual([]);
  });

  it('is refused when it cannot be written to', async () => {
    writeFileSync(join(folder, 'file'), 'x');
    await expect(openFsBlobStore(join(folder, 'file', 'blobs'))).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
    });
  });

  it('keeps nothing of a blob that does not fit the disk', async (context) => {
    if (disk === undefined) {
      console.warn('SKIPPED full disk under blobs: this user may not mount a tmpfs.');
      context.skip();
      return;
    }
    const store = await openFsBlobStore(disk.path);
    await store.put('small', new Uint8Array(1000));
    async function* large() {
      for (let i = 0; i < 64; i++) yield new Uint8Array(65_536);
    }
    await expect(store.put('large', large())).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringContaining('ENOSPC'),
    });
    expect(readdirSync(disk.path).sort()).toEqual(['.parts', 'small']);
    expect(readdirSync(join(disk.path, '.parts'))).toEqual([]);
    expect(await store.size('small')).toBe(1000);
    await store.put('fits', new Uint8Array(500_000));
  });
});
