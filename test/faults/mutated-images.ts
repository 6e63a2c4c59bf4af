/**
 * Pictures of every kind, damaged in thousands of ways, and what must come back whatever was damaged. Picture
 * number `i` of a seed is always the same: one that did harm is found again by its number.
 *
 * @module
 */
import sharp, { type Sharp } from 'sharp';
import { expect } from 'vitest';
import { streamFor } from '../../shared/random.ts';
import { cellPixels } from '../api/images.ts';
import { mutated } from '../support/mutate-bytes.ts';

/** Another run tries other pictures: `IMAGES_SEED=7 npm run test:endurance`. */
export const SEED = Number(process.env.IMAGES_SEED ?? 1);

interface Kind {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether a checksum covers the pixels: then no damage may change an answer without a word. */
  readonly isChecked?: boolean;
}

const [width, height] = [96, 80];
const pixels = cellPixels(width, height, [
  [2, 1],
  [7, 6],
  [10, 3],
]);
const image = () => sharp(pixels, { raw: { width, height, channels: 3 } });
const file = async (image: Sharp) => new Uint8Array(await image.toBuffer());

/** By name. */
async function makeKinds(): Promise<Readonly<Record<string, Kind>>> {
  const jpeg = 'image/jpeg';
  const [png, webp, tiff] = ['image/png', 'image/webp', 'image/tiff'];
  const tile = { tile: true, tileWidth: 32, tileHeight: 32 } as const;
  return {
    jpeg: { type: jpeg, bytes: await file(image().jpeg()) },
    'jpeg progressive': { type: jpeg, bytes: await file(image().jpeg({ progressive: true })) },
    'jpeg grey': { type: jpeg, bytes: await file(image().greyscale().jpeg()) },
    png: { type: png, bytes: await file(image().png()), isChecked: true },
    'png palette': {
      type: png,
      bytes: await file(image().png({ palette: true })),
      isChecked: true,
    },
    'png interlaced': {
      type: png,
      bytes: await file(image().png({ progressive: true })),
      isChecked: true,
    },
    webp: { type: webp, bytes: await file(image().webp()) },
    'webp lossless': { type: webp, bytes: await file(image().webp({ lossless: true })) },
    'tiff strips': { type: tiff, bytes: await file(image().tiff({ compression: 'lzw' })) },
    'tiff plain': { type: tiff, bytes: await file(image().tiff({ compression: 'none' })) },
    'tiff tiles': {
      type: tiff,
      bytes: await file(image().tiff({ ...tile, compression: 'deflate' })),
    },
    'tiff pyramid of jpeg': {
      type: tiff,
      bytes: await file(image().tiff({ ...tile, pyramid: true, compression: 'jpeg' })),
    },
    'tiff big': {
      type: tiff,
      bytes: await file(image().tiff({ ...tile, bigtiff: true, compression: 'lzw' })),
    },
    'tiff of 16 bits': {
      type: tiff,
      bytes: await file(image().toColourspace('rgb16').tiff({ compression: 'deflate' })),
    },
    bmp: { type: 'image/bmp', bytes: bitmap() },
  };
}

function bitmap(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(54 + pixels.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  bytes.set(pixels, 54);
  return bytes;
}

/** What came back, by status. */
export interface Tally {
  readonly tried: number;
  readonly answered: number;
  readonly refused: number;
}

/** A picture may be refused for what it is, and for nothing else. */
const REFUSALS = [400, 413, 415, 422];

/**
 * Sends pictures and looks at every answer: nothing may fail, nothing may hang, what is refused is told by its
 * name and without paths, and what is answered lies in the picture.
 *
 * @param url Of a service with the tiny model.
 * @param first Number of the first picture.
 */
export async function tryImages(
  url: string,
  { first = 0, count, atOnce = 4 }: { first?: number; count: number; atOnce?: number },
): Promise<Tally> {
  const kinds = Object.entries(await makeKinds());
  const whole = new Map<string, unknown>();
  for (const [name, kind] of kinds) {
    const response = await send(url, kind.type, kind.bytes);
    if (response.ok) whole.set(name, nucleiOf(await response.json()));
    else expect([name, response.status]).toEqual([name, 415]);
  }
  expect(whole.size).toBeGreaterThan(5);
  const numbers = Array.from({ length: count }, (_, i) => first + i).values();
  const tally = { tried: 0, answered: 0, refused: 0 };
  const lane = async () => {
    for (const number of numbers) {
      const [name, kind] = kinds[number % kinds.length]!;
      const random = streamFor(SEED * 1_000_003 + number, 'mutated pictures');
      const { bytes, how } = mutated(kind.bytes, random);
      const about = `picture ${number} of seed ${SEED}: ${name}, ${how.join(', ')}`;
      const response = await send(url, kind.type, bytes).catch((error) => {
        throw new Error(about, { cause: error });
      });
      const answer = (await response.json()) as Answer;
      tally.tried++;
      if (response.ok) {
        tally.answered++;
        checkAnswer(answer, about);
        if (kind.isChecked) expect(nucleiOf(answer), about).toEqual(whole.get(name));
      } else {
        tally.refused++;
        expect(REFUSALS, `${about}: ${JSON.stringify(answer)}`).toContain(response.status);
        expect(answer.code, about).toMatch(/^[A-Z_]+$/);
        expect(answer.detail, about).not.toMatch(/\/tmp|\/home|unicell-|node_modules|\.ts\b/);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  // What was whole before still is.
  for (const [name, kind] of kinds) {
    if (!whole.has(name)) continue;
    const response = await send(url, kind.type, kind.bytes);
    expect(nucleiOf(await response.json()), name).toEqual(whole.get(name));
  }
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  return tally;
}

interface Answer {
  readonly code?: string;
  readonly detail?: string;
  readonly image?: { readonly width: number; readonly height: number };
  readonly results?: readonly {
    readonly nuclei: readonly { readonly x: number; readonly y: number; readonly score: number }[];
  }[];
}

function checkAnswer({ image, results }: Answer, about: string): void {
  for (const { x, y, score } of results!.flatMap(({ nuclei }) => nuclei)) {
    const isInside = x >= 0 && x <= image!.width && y >= 0 && y <= image!.height;
    expect([isInside, score > 0 && score <= 1], about).toEqual([true, true]);
  }
}

function nucleiOf(answer: unknown): unknown {
  return (answer as Answer).results!.map(({ nuclei }) => nuclei);
}

function send(url: string, type: string, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  return fetch(`${url}/v1/detect?mpp=0.5&dataset=consep`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
    signal: AbortSignal.timeout(60_000),
  });
}
