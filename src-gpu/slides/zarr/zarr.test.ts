import { symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { UniCellError } from '../../../shared/errors.ts';
import { serveLoopback } from '../../../test/support/loopback.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { saveZarr, type ZarrTree, zarrTree } from '../../../test/support/zarr-files.ts';
import { syntheticField } from '../../demo/synthetic/field.ts';
import { openSlide } from '../open-slide.ts';

const folder = tempFolder();
let made = 0;
const [width, height] = [300, 260];
const { raster: field } = syntheticField({ width, height, mpp: 0.5 });
const save = (tree: ZarrTree) => saveZarr(tree, join(folder, `${made++}.zarr`));
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Opens a Zarr, reads all of it, and says what went wrong. */
async function failure(location: string, options: Parameters<typeof openSlide>[1] = {}) {
  try {
    const slide = await openSlide(location, options);
    await slide.read({ x: 0, y: 0, width: slide.width, height: slide.height }, slide);
    await slide.fingerprint();
    await slide.close();
    return 'nothing';
  } catch (error) {
    if (!(error instanceof UniCellError)) return `BUG: ${(error as Error).stack}`;
    return `${error.code}: ${error.message}`;
  }
}

describe('an OME-Zarr in a folder', () => {
  it.each(['0.4', '0.5'] as const)('of version %s is read as it was written', async (version) => {
    const slide = await openSlide(save(zarrTree(field, { version })));
    expect(slide).toMatchObject({ reader: 'zarr', width, height, mpp: 0.5 });
    const { data } = await slide.read({ x: 0, y: 0, width, height }, slide);
    expect(Buffer.compare(data, field.data)).toBe(0);
    await slide.close();
  });

  it('fills chunks that are not there, as Zarr says', async () => {
    const tree = zarrTree(field, { array: { fill_value: 255 } });
    for (const channel of [0, 1, 2]) tree.delete(`0/c/${channel}/0/1`);
    const slide = await openSlide(save(tree));
    const { data } = await slide.read({ x: 127, y: 0, width: 2, height: 1 }, slide);
    expect([...data.subarray(3)]).toEqual([255, 255, 255]);
    expect([...data.subarray(0, 3)]).toEqual([...field.data.subarray(127 * 3, 128 * 3)]);
  });

  it('has a fingerprint of its pixels and not of its place', async () => {
    const of = async (tree: ZarrTree) => (await openSlide(save(tree))).fingerprint();
    const one = await of(zarrTree(field));
    expect(await of(zarrTree(field))).toBe(one);
    const other = zarrTree(field);
    other.set('0/c/2/2/2', gzipSync(new Uint8Array(128 * 128)));
    expect(await of(other)).not.toBe(one);
  });

  it.each([
    ['nanometer', 500, 0.5],
    ['millimeter', 0.0005, 0.5],
    ['angstrom', 5000, 0.5],
    ['pixel', 0.5, undefined],
    [undefined, 0.5, undefined],
  ])('says its resolution in %s', async (unit, scale, mpp) => {
    const axes = ['c', 'y', 'x'].map((name) => (name === 'c' ? { name } : { name, unit }));
    const slide = await openSlide(save(zarrTree(field, { mpp: scale, image: { axes } })));
    if (mpp === undefined) expect(slide.mpp).toBeUndefined();
    else expect(slide.mpp).toBeCloseTo(mpp, 9);
  });

  it('warns of pixels that are not square and takes their area', async () => {
    const scale = [{ type: 'scale', scale: [1, 0.25, 1] }];
    const datasets = [{ path: '0', coordinateTransformations: scale }];
    const slide = await openSlide(save(zarrTree(field, { image: { datasets } })));
    expect(slide.mpp).toBeCloseTo(0.5);
    expect(slide.warnings.map(({ code }) => code)).toContain('PIXELS_NOT_SQUARE');
  });

  it('takes the colours from where their names are', async () => {
    const channels = ['Blue', 'Red', 'Green'].map((label) => ({ label }));
    const slide = await openSlide(save(zarrTree(field, { attributes: { omero: { channels } } })));
    expect(slide.warnings).toEqual([]);
    const { data } = await slide.read({ x: 9, y: 9, width: 1, height: 1 }, slide);
    const [first, second, third] = field.data.subarray((9 * width + 9) * 3);
    expect([...data]).toEqual([second, third, first]);
  });
});

describe('an OME-Zarr that is not read says why', () => {
  const fluorescence = ['DAPI', 'CD3', 'CD8'].map((label) => ({ label, color: '0000FF' }));
  it.each<[string, Parameters<typeof zarrTree>[1], RegExp]>([
    [
      'fluorescence',
      { attributes: { omero: { channels: fluorescence } } },
      /^IMAGE_UNSUPPORTED: .*3 channels \(DAPI, CD3, CD8\)/,
    ],
    [
      'other axes',
      { image: { axes: [{ name: 'a' }, { name: 'y' }, { name: 'x' }] } },
      /^IMAGE_UNSUPPORTED: .*the axes a, y, x/,
    ],
    ['labels', { attributes: { 'image-label': {} } }, /^IMAGE_UNSUPPORTED: .*labels of pixels/],
    ['floats', { array: { data_type: 'float32' } }, /^IMAGE_UNSUPPORTED: .*type float32/],
    [
      'a codec',
      { array: { codecs: [{ name: 'bytes' }, { name: 'pcodec' }] } },
      /^IMAGE_UNSUPPORTED: .*the codec pcodec/,
    ],
    [
      'chunks that are too large',
      {
        array: { chunk_grid: { name: 'regular', configuration: { chunk_shape: [3, 9999, 9999] } } },
      },
      /^IMAGE_UNSUPPORTED: .*chunks of 3 x 9999 x 9999/,
    ],
    [
      'chunks of single pixels',
      { array: { chunk_grid: { name: 'regular', configuration: { chunk_shape: [3, 1, 1] } } } },
      /^IMAGE_UNSUPPORTED: .*chunks of 3 x 1 x 1/,
    ],
    [
      'a grid that is not regular',
      { array: { chunk_grid: { name: 'rectilinear', configuration: {} } } },
      /^IMAGE_UNSUPPORTED: .*grid that is rectilinear/,
    ],
    [
      'shards with their index at the start',
      {
        array: {
          codecs: [
            {
              name: 'sharding_indexed',
              configuration: {
                chunk_shape: [1, 64, 64],
                codecs: [{ name: 'bytes' }],
                index_codecs: [{ name: 'bytes' }, { name: 'crc32c' }],
                index_location: 'start',
              },
            },
          ],
        },
      },
      /^IMAGE_UNSUPPORTED: .*index at the start/,
    ],
    ['sides of nothing', { array: { shape: [3, 0, 9] } }, /^IMAGE_UNREADABLE: .*shape/],
    [
      'an array elsewhere',
      { image: { datasets: [{ path: '../../etc' }] } },
      /^IMAGE_UNREADABLE: .*"\.\.\/\.\.\/etc\/zarr\.json", which is no path inside/,
    ],
    [
      'an array elsewhere, encoded',
      { image: { datasets: [{ path: '%2e%2e%2f0' }] } },
      /^IMAGE_UNREADABLE: .*no path inside/,
    ],
    [
      'an array that is not there',
      { image: { datasets: [{ path: '7' }] } },
      /^IMAGE_UNREADABLE: .*at 7/,
    ],
    [
      'an older version',
      { version: '0.4', image: { version: '0.3', axes: ['c', 'y', 'x'] } },
      /^IMAGE_UNSUPPORTED: .*OME-Zarr 0\.3/,
    ],
  ])('%s', async (_name, options, message) => {
    expect(await failure(save(zarrTree(field, options)))).toMatch(message);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a plate', { '.zattrs': { plate: {} } }, /a plate of many fields\. Pass the group of one/],
    ['another Zarr', { '.zattrs': { spam: 1 } }, /no multiscales/],
    ['a bare group', { '.zgroup': { zarr_format: 2 } }, /no multiscales/],
    ['an array', { '.zarray': { zarr_format: 2 } }, /a single array/],
    ['an array of 3', { 'zarr.json': { zarr_format: 3, node_type: 'array' } }, /a single array/],
    ['no series', { '.zattrs': { 'bioformats2raw.layout': 3 } }, /no image of OME-Zarr in/],
  ])('%s', async (_name, documents, message) => {
    const tree = new Map(Object.entries(documents).map(([key, value]) => [key, json(value)]));
    const said = await failure(save(tree));
    expect(said).toMatch(/^IMAGE_UNSUPPORTED/);
    expect(said).toMatch(message);
  });
});

describe('an OME-Zarr that is damaged or hostile', () => {
  it.each([
    ['gzip', gzipSync],
    ['zlib', deflateSync],
    ['zstd', zstdCompressSync],
    ['blosc', (bytes: Uint8Array) => bloscOf(bytes.length)],
    ['lz4', (bytes: Uint8Array) => lz4Of(bytes.length)],
  ])('whose chunks in %s unpack to a hundred megabytes', async (name, pack) => {
    const tree = zarrTree(field, { array: { codecs: [{ name: 'bytes' }, { name }] } });
    const bomb = pack(new Uint8Array(100e6));
    for (const key of tree.keys()) if (key.startsWith('0/c/')) tree.set(key, bomb);
    const path = save(tree);
    const before = process.memoryUsage().rss;
    expect(await failure(path)).toMatch(/^IMAGE_UNREADABLE: .*0, chunk/);
    expect(process.memoryUsage().rss - before).toBeLessThan(80e6);
  });

  it('whose chunks are cut off, or too long to be chunks', async () => {
    const bytes = { array: { codecs: [{ name: 'bytes' }] } };
    const short = zarrTree(field, bytes);
    for (const key of short.keys()) if (key.startsWith('0/c/')) short.set(key, Buffer.alloc(99));
    expect(await failure(save(short))).toMatch(/^IMAGE_UNREADABLE: .*has 99 samples/);
    const cut = zarrTree(field);
    cut.set('0/c/0/0/0', cut.get('0/c/0/0/0')!.subarray(0, 200));
    expect(await failure(save(cut))).toMatch(/^IMAGE_UNREADABLE: .*chunk 0\/0\/0/);
  });

  it('whose links lead out of it', async () => {
    const outside = join(folder, 'secret');
    writeFileSync(outside, gzipSync(new Uint8Array(128 * 128)));
    const path = save(zarrTree(field));
    unlinkSync(join(path, '0/c/0/0/0'));
    symlinkSync(outside, join(path, '0/c/0/0/0'));
    expect(await failure(path)).toMatch(/^SOURCE_FORBIDDEN: .*a link at 0\/c\/0\/0\/0/);
  });

  it('in any of the bytes that describe it', async () => {
    const whole = zarrTree(field);
    const keys = ['zarr.json', '0/zarr.json'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...keys),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        async (key, changes) => {
          const tree = new Map(whole);
          const bytes = Uint8Array.from(tree.get(key)!);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          tree.set(key, bytes);
          expect(await failure(save(tree))).toMatch(/^(IMAGE_\w+|SOURCE_NOT_FOUND|nothing)/);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Headers that say how long what comes out is, and nothing behind them. */
function bloscOf(length: number): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.set([2, 1, 0x21, 1]);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(64, 12);
  return bytes;
}

function lz4Of(length: number): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.writeUInt32LE(length);
  return bytes;
}

describe('an OME-Zarr behind a URL', async () => {
  const tree = zarrTree(field);
  let requests: string[] = [];
  let mode = 'good';
  const answer: RequestListener = ({ url = '', headers }, response) => {
    const key = decodeURIComponent(url)
      .replace(/^\/slide\.zarr\//, '')
      .replace(/\?.*$/, '');
    requests.push(url);
    const bytes = tree.get(key);
    expect(headers.range).toBeUndefined();
    if (mode === 'flaky' && requests.filter((one) => one === url).length === 1) {
      response.writeHead(503).end();
    } else if (mode === 'forbidden' && key.includes('/c/')) response.writeHead(403).end();
    else if (mode === 'long' && key === 'zarr.json') response.end(Buffer.alloc(17 * 1024 * 1024));
    else if (bytes) response.end(bytes);
    else response.writeHead(404).end();
  };
  const server = await serveLoopback(answer);
  afterAll(() => server.close());
  beforeEach(() => {
    mode = 'good';
    requests = [];
  });
  const address = `${server.url}/slide.zarr`;

  it('is read as in a folder, with the same fingerprint, from a server without ranges', async () => {
    const [near, far] = [await openSlide(save(tree)), await openSlide(address, { fetch })];
    const { data } = await far.read({ x: 0, y: 0, width, height }, far);
    expect(Buffer.compare(data, field.data)).toBe(0);
    expect(await far.fingerprint()).toBe(await near.fingerprint());
    // What describes it is asked for once.
    expect(requests.filter((url) => url.endsWith('.json'))).toHaveLength(2);
  });

  it('sends the query of its address along, and names it without', async () => {
    expect(await failure(`${address}?sig=secret`, { fetch })).toBe('nothing');
    expect(requests.every((url) => url.endsWith('?sig=secret'))).toBe(true);
    mode = 'forbidden';
    const said = await failure(`${address}?sig=secret`, { fetch });
    expect(said).toMatch(/^SOURCE_UNREACHABLE: .*answered 403/);
    expect(said).not.toMatch(/secret/);
  });

  it('is asked again where the server fails, and not read where it lies', async () => {
    mode = 'flaky';
    expect(await failure(address, { fetch })).toBe('nothing');
    mode = 'long';
    expect(await failure(address, { fetch })).toMatch(
      /^IMAGE_UNREADABLE: .*more than the 16777216/,
    );
    expect(await failure(`${server.url}/other.zarr`, { fetch })).toMatch(/^SOURCE_NOT_FOUND/);
  });

  it('is refused where nobody says how URLs are reached', async () => {
    expect(await failure(address)).toMatch(/^SOURCE_FORBIDDEN/);
  });
});
