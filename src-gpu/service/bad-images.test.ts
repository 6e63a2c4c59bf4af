/** Images that should not be answered, over HTTP: what only this tier reads. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { cellPixels, encode } from '../../test/api/images.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';

const { url } = await gpuForTests({
  MAX_PIXELS: '1000000',
  MAX_WINDOWS: '40',
  MAX_BODY_BYTES: '2000000',
  BODY_TIMEOUT_MS: '300',
});
const tiff = await encode(cellPixels(64, 64, [[2, 1]]), 64, 64, 'tiff');
const slide = (await cellPyramid(tempFolder(), 600, 500)).file;

function detect(body: Uint8Array<ArrayBuffer>, query = 'mpp=0.5', type = 'image/tiff') {
  const init = { method: 'POST', headers: { 'content-type': type }, body };
  return fetch(`${url}/v1/detect?dataset=consep&${query}`, init);
}

async function problemOf(response: Promise<Response>) {
  return (await (await response).json()) as { code: string; status: number; detail: string };
}

/** A little-endian TIFF: tags of one directory, and where the next is. */
function tinyTiff(
  tags: readonly (readonly [tag: number, type: number, value: number])[],
  next = 0,
) {
  const view = new DataView(new ArrayBuffer(8 + 2 + tags.length * 12 + 4 + 64));
  view.setUint32(0, 0x002a4949, true);
  view.setUint32(4, 8, true);
  view.setUint16(8, tags.length, true);
  for (const [i, [tag, type, value]] of tags.entries()) {
    view.setUint16(10 + 12 * i, tag, true);
    view.setUint16(12 + 12 * i, type, true);
    view.setUint32(14 + 12 * i, 1, true);
    view.setUint32(18 + 12 * i, value, true);
  }
  view.setUint32(10 + 12 * tags.length, next, true);
  return new Uint8Array(view.buffer);
}

/** Tiles of 256 x 256 grey pixels. */
const tiled = (side: number, compression: number, offset: number, bytes: number) =>
  [
    [256, 4, side],
    [257, 4, side],
    [258, 3, 8],
    [259, 3, compression],
    [262, 3, 1],
    [277, 3, 1],
    [322, 3, 256],
    [323, 3, 256],
    [324, 4, offset],
    [325, 4, bytes],
  ] as const;

describe('TIFF', () => {
  it('is answered, with the resolution of its header', async () => {
    const withMpp = new Uint8Array(
      await sharp(tiff)
        .withMetadata({ density: 25_400 / 0.5 })
        .tiff({ tile: true })
        .toBuffer(),
    );
    const answer = await (await detect(withMpp, 'name=a')).json();
    expect(answer).toMatchObject({ image: { mpp: 0.5, mppSource: 'header' }, tier: 'gpu' });
    const small = await (await detect(tiff)).json();
    expect(small).toMatchObject({ results: [{ nuclei: [{ x: 20, y: 12 }] }] });
  });

  it.each([
    ['without a resolution', tiff, '', 422, 'MPP_UNKNOWN'],
    ['of more windows than are answered', slide, 'mpp=0.5', 413, 'IMAGE_TOO_LARGE'],
    ['cut in half', slide.slice(0, slide.length >> 1), 'mpp=0.5', 422, 'IMAGE_UNREADABLE'],
    ['of 8 bytes', tiff.slice(0, 8), 'mpp=0.5', 422, 'IMAGE_UNREADABLE'],
    ['whose directory is its own next', tinyTiff(tiled(64, 1, 8, 8), 8), 'mpp=0.5', 422, null],
    ['without tags', tinyTiff([]), 'mpp=0.5', 415, null],
    ['of 65535 x 65535 in one tile', tinyTiff(tiled(65_535, 1, 8, 8)), 'mpp=0.5', 422, null],
    ['with tiles beyond its end', tinyTiff(tiled(64, 1, 9e6, 999)), 'mpp=0.5', 422, null],
    ['of a compression of Kodak', tinyTiff(tiled(64, 262, 8, 8)), 'mpp=0.5', 415, null],
  ])('%s is refused', async (_name, body, query, status, code) => {
    const problem = await problemOf(detect(body, query));
    expect(problem, problem.detail).toMatchObject({ status, ...(code && { code }) });
    expect(problem.detail).not.toMatch(/\/tmp|unicell-/);
  });

  it('too large for an answer is sent to the jobs', async () => {
    const { detail } = await problemOf(detect(slide));
    expect(detail).toMatch(/at most 40 are answered here. Send it to \/v1\/jobs/);
    const png = await encode(cellPixels(1200, 900, []), 1200, 900, 'png');
    const large = await problemOf(detect(png, 'mpp=0.5', 'image/png'));
    expect(large).toMatchObject({ code: 'IMAGE_TOO_LARGE', status: 413 });
    expect(large.detail).toContain('/v1/jobs');
  });
});

describe('bodies', () => {
  it('that are too long are cut off', async () => {
    const bytes = new Uint8Array(3_000_000);
    expect(await problemOf(detect(bytes))).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 });
  });

  it('that stand still are given up', async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(tiff) });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: { 'content-type': 'image/tiff' },
      body,
      duplex: 'half',
    };
    const problem = await problemOf(fetch(`${url}/v1/detect?mpp=0.5`, init));
    expect(problem).toMatchObject({ code: 'BODY_TIMEOUT', status: 408 });
  });
});
