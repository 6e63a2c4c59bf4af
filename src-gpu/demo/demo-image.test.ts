import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { publicImage } from './demo-image.ts';
import { findTestSlide } from './test-slide.ts';

const folder = tempFolder();
const nowhere = join(folder, 'nowhere.svs');
const never: typeof fetch = () => {
  throw new Error('The network was asked.');
};

/** A server that answers with `body`. */
const serving =
  (body: Uint8Array<ArrayBuffer>, status = 200): typeof fetch =>
  async () =>
    new Response(body, { status });

describe('findTestSlide without the slide', () => {
  const find = (fetchSlide: typeof fetch, signal?: AbortSignal) =>
    findTestSlide(signal, {
      cachePath: join(folder, 'cache', 'slide.svs'),
      sharedPath: nowhere,
      fetch: fetchSlide,
    });

  it('says why it cannot be had, and caches nothing', async () => {
    const offline: typeof fetch = async () => {
      throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
    };
    expect(await find(offline)).toEqual({ path: undefined, reason: 'getaddrinfo ENOTFOUND' });
    expect(await find(serving(new Uint8Array(), 404))).toMatchObject({
      reason: 'the server answered 404',
    });
    expect(await find(serving(Uint8Array.of(1, 2, 3)))).toMatchObject({
      reason: 'the file that came is another one',
    });
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  it('stops when the user does', async () => {
    const abort = new AbortController();
    const waiting: typeof fetch = (_url, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
        abort.abort(new Error('enough'));
      });
    await expect(find(waiting, abort.signal)).rejects.toThrow('enough');
  });
});

const sharedSlide = fileURLToPath(
  new URL('../../../shared/slides/cmu-1-small-region.svs', import.meta.url),
);
const haveSlide = existsSync(sharedSlide);
if (!haveSlide)
  console.warn(`Skipped: ${sharedSlide} is absent, the real slide is not looked for.`);

describe.skipIf(!haveSlide)('findTestSlide with the slide', () => {
  it('downloads it once into the cache, and takes it from there', async () => {
    const bytes = Uint8Array.from(await readFile(sharedSlide));
    const cachePath = join(folder, 'filled', 'unicell', 'slide.svs');
    const places = { cachePath, sharedPath: nowhere };
    expect(await findTestSlide(undefined, { ...places, fetch: serving(bytes) })).toEqual({
      path: cachePath,
      origin: 'download',
    });
    expect(await readdir(join(folder, 'filled', 'unicell'))).toEqual(['slide.svs']);
    expect(await findTestSlide(undefined, { ...places, fetch: never })).toEqual({
      path: cachePath,
      origin: 'cache',
    });
  });

  it('does not take another file in the cache for it', async () => {
    await mkdir(join(folder, 'wrong'));
    const cachePath = join(folder, 'wrong', 'slide.svs');
    await writeFile(cachePath, 'not the slide');
    expect(
      await findTestSlide(undefined, { cachePath, sharedPath: sharedSlide, fetch: never }),
    ).toEqual({ path: sharedSlide, origin: 'shared' });
  });

  it('is opened with its resolution', async () => {
    const { image, origin } = await publicImage({ path: sharedSlide, origin: 'shared' });
    expect(image.source).toMatchObject({ width: 2220, height: 2967, mpp: 0.499 });
    expect(origin).toMatch(/CC0.*from \.\.\/shared\/slides/);
  });
});

describe('publicImage', () => {
  it('draws a field and says that it did', async () => {
    const { image, id, origin } = await publicImage({ path: undefined, reason: 'no network' });
    expect(id).toBe('synthetic');
    expect(origin).toMatch(/^a synthetic H&E field, since .*\(no network\)/);
    expect(image.source).toMatchObject({ width: 1024, height: 1024, mpp: 0.5 });
  });
});
