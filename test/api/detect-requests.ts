/**
 * Requests that every tier must answer in the same way with the tiny model, and what must come back.
 * They know nothing of what runs behind the URL.
 *
 * @module
 */

import { cellPixels, encode } from './images.ts';

export interface DetectRequest {
  readonly name: string;
  /** Query of `/v1/detect`. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | string | FormData;
}

/** A request that must fail. */
export interface BadRequest extends DetectRequest {
  readonly status: number;
  readonly code: string;
  /** What the detail must name. */
  readonly detail: RegExp;
}

/** Two cells, at (20, 12) and (60, 52). */
const cells: readonly (readonly [number, number])[] = [
  [2, 1],
  [7, 6],
];
export const pixels = cellPixels(64, 64, cells);
export const png = await encode(pixels, 64, 64, 'png');
export const jpeg = await encode(pixels, 64, 64, 'jpeg');
export const webp = await encode(pixels, 64, 64, 'webp');
export const base64 = Buffer.from(png).toString('base64');
export const query = 'mpp=0.5&dataset=consep';
export const type = (contentType: string) => ({ 'content-type': contentType });
export const json = (body: unknown) => ({
  query: '',
  headers: type('application/json'),
  body: JSON.stringify(body),
});

export function form(fields: Readonly<Record<string, string>>, files: readonly string[]): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  for (const name of files) data.set(name, new Blob([png], { type: 'image/png' }), 'a.png');
  return data;
}

/** An empty ZIP archive: what a file is by its end. */
const zip = Uint8Array.of(0x50, 0x4b, 5, 6, ...new Uint8Array(18));

/** The same image in every way that it can come; the nuclei are at (20, 12) and (60, 52). */
export const twoCells: readonly DetectRequest[] = [
  { name: 'raw PNG', query, headers: type('image/png'), body: png },
  { name: 'raw JPEG', query, headers: type('image/jpeg'), body: jpeg },
  { name: 'raw WebP', query, headers: type('image/webp'), body: webp },
  {
    name: 'raw RGB',
    query,
    headers: { ...type('application/octet-stream'), 'x-image-size': '64x64' },
    body: pixels,
  },
  { name: 'PNG without a name', query, headers: type('application/octet-stream'), body: png },
  {
    name: 'a form',
    query: 'mpp=1',
    headers: {},
    body: form({ mpp: '0.5', dataset: 'consep' }, ['image']),
  },
  { name: 'JSON', ...json({ image: { base64 }, mpp: 0.5, dataset: ['consep'] }) },
  {
    name: 'a PNG with an archive behind it',
    query,
    headers: type('image/png'),
    body: joined(png, zip),
  },
  {
    name: 'a JPEG with an archive behind it',
    query,
    headers: type('image/jpeg'),
    body: joined(jpeg, zip),
  },
  {
    name: 'a form whose options are not those of the query',
    query: 'mpp=0.5&dataset=ocelot',
    headers: {},
    body: form({ dataset: 'consep', threshold: '0.5' }, ['image']),
  },
  {
    name: 'JSON with a data URL',
    ...json({ image: { base64: `data:image/png;base64,${base64}` }, mpp: 0.5, dataset: 'consep' }),
  },
];

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

/** The same in grey, and not so dark that no colour could be told. */
export const greyPng: DetectRequest = {
  name: 'grey PNG',
  query,
  headers: type('image/png'),
  body: await encode(
    pixels.map((value) => Math.max(value, 90)),
    64,
    64,
    'png',
  ),
};
