import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UniCellError } from '../../shared/errors.ts';
import { serveLoopback } from '../../test/support/loopback.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { tiffFile } from '../../test/support/tiff-file.ts';
import { syntheticField } from '../demo/synthetic/field.ts';
import { openSlide } from './open-slide.ts';

const folder = tempFolder();
const { raster } = syntheticField({ width: 1500, height: 1200, mpp: 0.5 });
const raw = { width: 1500, height: 1200, channels: 3 } as const;
const whole = { x: 0, y: 0, width: 1500, height: 1200 };

let slideBytes: Buffer;
let server: Awaited<ReturnType<typeof serveLoopback>>;
/** How the server behaves now. */
let mode: string;
let requests: string[];

function answer(request: IncomingMessage, response: ServerResponse): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  requests.push(request.headers.range ?? 'whole');
  const isLate = requests.length > 2;
  if (mode === 'gone') return void response.writeHead(404).end();
  const isFirst = requests.indexOf(requests.at(-1)!) === requests.length - 1;
  if (mode === 'flaky' && isFirst) return void response.writeHead(503).end();
  if (mode === 'cut' && isLate) return void response.destroy();
  if (mode === 'whole' || !range) {
    return void response.writeHead(200, { 'content-length': slideBytes.length }).end(slideBytes);
  }
  const start = Number(range[1]);
  const end = Math.min(Number(range[2]), slideBytes.length - 1);
  const tag = mode === 'changed' && isLate ? '"two"' : '"one"';
  const shift = mode === 'shifted' ? 1 : 0;
  response.writeHead(206, {
    'content-range': `bytes ${start + shift}-${end}/${slideBytes.length}`,
    etag: tag,
  });
  response.end(slideBytes.subarray(start, mode === 'short' && isLate ? end - 9 : end + 1));
}

beforeAll(async () => {
  slideBytes = await sharp(raster.data, { raw })
    .tiff({ tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, compression: 'deflate' })
    .toBuffer();
  server = await serveLoopback(answer);
});
afterAll(() => server.close());
beforeEach(() => {
  mode = 'good';
  requests = [];
});

const open = (name = 'slide.tif') => openSlide(`${server.url}/${name}`, { fetch });

async function failure(): Promise<string> {
  try {
    const slide = await open();
    await slide.read(whole, slide);
    return 'nothing';
  } catch (error) {
    return error instanceof UniCellError ? `${error.code}: ${error.message}` : `BUG: ${error}`;
  }
}

describe('a slide behind a URL', () => {
  it('reads as it does from a disk, with the same fingerprint', async () => {
    const path = join(folder, 'slide.tif');
    await writeFile(path, slideBytes);
    const [near, far] = [await openSlide(path), await open()];
    expect(far.levels).toEqual(near.levels);
    expect((await far.read(whole, far)).data).toEqual(raster.data);
    const level = { width: 700, height: 560 };
    const region = { x: 100, y: 100, width: 300, height: 300 };
    expect(await far.read(region, level)).toEqual(await near.read(region, level));
    expect(await far.fingerprint()).toBe(await near.fingerprint());
    await Promise.all([near.close(), far.close()]);
  });

  it('is fetched in few and small parts', async () => {
    const slide = await open();
    await slide.read({ x: 300, y: 300, width: 200, height: 200 }, slide);
    const fetched = requests.map((range) => {
      const [, start, end] = /(\d+)-(\d+)/.exec(range)!;
      return Number(end) - Number(start) + 1;
    });
    expect(requests.length).toBeLessThan(12);
    expect(fetched.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(slideBytes.length);
    const before = requests.length;
    await slide.read({ x: 310, y: 310, width: 100, height: 100 }, slide);
    expect(requests).toHaveLength(before);
    await slide.close();
  });

  it('can be a plain picture', async () => {
    const kept = slideBytes;
    slideBytes = await sharp(raster.data, { raw }).png().toBuffer();
    try {
      const slide = await open('picture.png');
      expect(slide.reader).toBe('plain');
      expect((await slide.read(whole, slide)).data).toEqual(raster.data);
      await slide.close();
    } finally {
      slideBytes = kept;
    }
  });

  it('survives a server that fails now and then', async () => {
    mode = 'flaky';
    expect(await failure()).toBe('nothing');
  });
});

describe('a slide behind a URL is refused', () => {
  it('when the server gives whole files only', async () => {
    mode = 'whole';
    expect(await failure()).toMatch(
      /^SOURCE_WITHOUT_RANGES: .*does not serve parts of files .*Upload the slide/,
    );
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['cut', /did not answer/],
    ['changed', /has changed the file/],
    ['short', /SOURCE_UNREACHABLE/],
    ['shifted', /another range/],
  ])('when the server is %s', async (how, message) => {
    mode = how;
    const said = await failure();
    expect(said).toMatch(/^SOURCE_UNREACHABLE: /);
    expect(said).toMatch(message);
  });

  it('when there is nothing, without another try', async () => {
    mode = 'gone';
    expect(await failure()).toMatch(/^SOURCE_NOT_FOUND: .*answered 404/);
    expect(requests).toHaveLength(1);
  });

  it('when nobody listens', async () => {
    const silent = await serveLoopback(() => {});
    await silent.close();
    await expect(openSlide(`${silent.url}/slide.tif`, { fetch })).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
    });
  });

  it('when whoever fetches forbids it, without another try', async () => {
    let asked = 0;
    const forbid = () => {
      asked += 1;
      return Promise.reject(new UniCellError('SOURCE_FORBIDDEN', 'The host is not public.'));
    };
    await expect(openSlide(`${server.url}/x.tif`, { fetch: forbid })).rejects.toMatchObject({
      code: 'SOURCE_FORBIDDEN',
    });
    expect(asked).toBe(1);
  });

  it('when only OpenSlide reads it, which reads files', async () => {
    const kept = slideBytes;
    const tiles = [new Uint8Array(64 * 64 * 3)];
    const tags = [[65420, 4, [1]]] as const;
    slideBytes = Buffer.from(tiffFile([{ width: 64, height: 64, tile: 64, tiles, tags }]));
    try {
      expect(await failure()).toMatch(/^IMAGE_UNSUPPORTED: .*Hamamatsu NDPI.*Upload the slide/);
    } finally {
      slideBytes = kept;
    }
  });

  it('and its query, which may hold a signature, is told to nobody', async () => {
    mode = 'gone';
    const error = await open('slide.tif?signature=secret').catch((one: Error) => one);
    expect(String(error)).toMatch(/slide\.tif has nothing there: it answered 404/);
    expect(String(error)).not.toMatch(/secret/);
  });
});
