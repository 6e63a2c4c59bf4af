/**
 * Requests that every tier must answer in the same way with the tiny model, and what must come back.
 * They know nothing of what runs behind the URL.
 *
 * @module
 */

import { pngBomb } from '../support/bomb.ts';
import { cellPixels, encode } from './pictures.ts';

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
const pixels = cellPixels(64, 64, cells);
const png = await encode(pixels, 64, 64, 'png');
const jpeg = await encode(pixels, 64, 64, 'jpeg');
const webp = await encode(pixels, 64, 64, 'webp');
const base64 = Buffer.from(png).toString('base64');
const query = 'mpp=0.5&dataset=consep';
const type = (contentType: string) => ({ 'content-type': contentType });
const json = (body: unknown) => ({
  query: '',
  headers: type('application/json'),
  body: JSON.stringify(body),
});

function form(fields: Readonly<Record<string, string>>, files: readonly string[]): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  for (const name of files) data.set(name, new Blob([png], { type: 'image/png' }), 'a.png');
  return data;
}

/** The same picture in every way that it can come; the nuclei are at (20, 12) and (60, 52). */
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
    name: 'JSON with a data URL',
    ...json({ image: { base64: `data:image/png;base64,${base64}` }, mpp: 0.5, dataset: 'consep' }),
  },
];

const url = (text: string) => json({ image: { url: text }, mpp: 0.5 });
const asPng = { query, headers: type('image/png') };
const asJpeg = { query, headers: type('image/jpeg') };

export const badRequests: readonly BadRequest[] = [
  ...[
    {
      name: 'a bomb',
      ...asPng,
      body: new Uint8Array(pngBomb(50_000, 50_000)),
      status: 413,
      code: 'IMAGE_TOO_LARGE',
      detail: /50000 x 50000/,
    },
    {
      name: 'a truncated PNG',
      ...asPng,
      body: png.slice(0, -30),
      status: 422,
      code: 'IMAGE_UNREADABLE',
      detail: /truncated/,
    },
    {
      name: 'a PNG with damaged pixels',
      ...asPng,
      body: damaged(png),
      status: 422,
      code: 'IMAGE_UNREADABLE',
      detail: /damaged/,
    },
    {
      name: 'a truncated JPEG',
      ...asJpeg,
      body: jpeg.slice(0, -40),
      status: 422,
      code: 'IMAGE_UNREADABLE',
      detail: /truncated/,
    },
    {
      name: 'a JPEG that is only a start',
      ...asJpeg,
      body: jpeg.slice(0, 30),
      status: 422,
      code: 'IMAGE_UNREADABLE',
      detail: /damaged or truncated/,
    },
    {
      name: 'a truncated WebP',
      query,
      headers: type('image/webp'),
      body: webp.slice(0, -9),
      status: 422,
      code: 'IMAGE_UNREADABLE',
      detail: /truncated/,
    },
    {
      name: 'a page that calls itself PNG',
      ...asPng,
      body: '<html><script>alert(1)</script></html>',
      status: 415,
      code: 'IMAGE_UNSUPPORTED',
      detail: /image\/png/,
    },
    {
      name: 'a JPEG that calls itself PNG',
      ...asPng,
      body: jpeg,
      status: 415,
      code: 'MEDIA_TYPE_MISMATCH',
      detail: /says image\/png.*is image\/jpeg/,
    },
    {
      name: 'an unknown content type',
      query,
      headers: type('application/pdf'),
      body: png,
      status: 415,
      code: 'MEDIA_TYPE_UNSUPPORTED',
      detail: /"application\/pdf"; taken are image\/jpeg/,
    },
    {
      name: 'an empty body',
      ...asPng,
      body: new Uint8Array(),
      status: 400,
      code: 'BODY_EMPTY',
      detail: /empty/,
    },
    {
      name: 'raw RGB of another size',
      query,
      headers: { ...type('application/octet-stream'), 'x-image-size': '64x63' },
      body: pixels,
      status: 422,
      code: 'IMAGE_UNREADABLE',
      detail: /12288 bytes.*12096/,
    },
    {
      name: 'a size that is none',
      query,
      headers: { ...type('application/octet-stream'), 'x-image-size': '0x99' },
      body: pixels,
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /X-Image-Size is "0x99"/,
    },
    {
      name: 'a form without a picture',
      query,
      headers: {},
      body: form({}, []),
      status: 400,
      code: 'BODY_INVALID',
      detail: /\(none\).*"image"/,
    },
    {
      name: 'a form with two pictures',
      query,
      headers: {},
      body: form({}, ['image', 'other']),
      status: 400,
      code: 'BODY_INVALID',
      detail: /"image", "other"/,
    },
    {
      name: 'a form that is none',
      query,
      headers: type('multipart/form-data; boundary=x'),
      body: png,
      status: 400,
      code: 'BODY_INVALID',
      detail: /multipart/,
    },
    {
      name: 'broken JSON',
      query: '',
      headers: type('application/json'),
      body: '{"image":',
      status: 400,
      code: 'BODY_INVALID',
      detail: /not JSON/,
    },
    {
      name: 'JSON without a picture',
      ...json({ mpp: 0.5 }),
      status: 400,
      code: 'BODY_INVALID',
      detail: /"image"/,
    },
    {
      name: 'JSON that is a list',
      ...json([]),
      status: 400,
      code: 'BODY_INVALID',
      detail: /object/,
    },
    {
      name: 'base64 that is none',
      ...json({ image: { base64: '@@@' }, mpp: 0.5 }),
      status: 400,
      code: 'BODY_INVALID',
      detail: /base64/,
    },
    {
      name: 'an unknown option',
      ...asPng,
      query: 'mpp=0.5&treshold=0.3',
      body: png,
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /"treshold".*mean threshold\?/,
    },
    {
      name: 'an unknown option in JSON',
      ...json({ image: { base64 }, mpp: 0.5, modell: 1 }),
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /"modell"/,
    },
    {
      name: 'an option twice',
      ...asPng,
      query: 'mpp=0.5&mpp=0.4',
      body: png,
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /mpp comes twice/,
    },
    {
      name: 'a threshold that is none',
      ...asPng,
      query: 'mpp=0.5&threshold=high',
      body: png,
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /threshold is "high"/,
    },
    {
      name: 'a threshold out of range',
      ...asPng,
      query: 'mpp=0.5&threshold=1.5',
      body: png,
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /threshold is 1\.5/,
    },
    {
      name: 'no resolution',
      ...asPng,
      query: '',
      body: png,
      status: 422,
      code: 'MPP_UNKNOWN',
      detail: /mpp/,
    },
    {
      name: 'a negative resolution',
      ...asPng,
      query: 'mpp=-1',
      body: png,
      status: 422,
      code: 'MPP_INVALID',
      detail: /mpp is -1/,
    },
    {
      name: 'a resolution in metres',
      ...asPng,
      query: 'mpp=5e-7',
      body: png,
      status: 422,
      code: 'MPP_INVALID',
      detail: /between 0\.05 and 10/,
    },
    {
      name: 'an unknown dataset',
      ...asPng,
      query: 'mpp=0.5&dataset=consepp',
      body: png,
      status: 422,
      code: 'DATASET_UNKNOWN',
      detail: /mean "consep"/,
    },
    {
      name: 'a dataset without a head',
      ...asPng,
      query: 'mpp=0.5&dataset=lizard',
      body: png,
      status: 422,
      code: 'DATASET_NOT_IN_MODEL',
      detail: /consep, ocelot/,
    },
    {
      name: 'an unknown class',
      ...asPng,
      query: `${query}&classes=neutrophil`,
      body: png,
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /"neutrophil"/,
    },
    {
      name: 'CSV of two datasets',
      ...asPng,
      query: 'mpp=0.5&dataset=all&format=csv',
      body: png,
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /csv holds one dataset and 2/,
    },
    {
      name: 'an unknown format',
      ...asPng,
      query: 'mpp=0.5&format=xml',
      body: png,
      status: 400,
      code: 'INVALID_OPTIONS',
      detail: /format is "xml"/,
    },
    {
      name: 'a format that is not offered',
      query,
      headers: { ...type('image/png'), accept: 'text/html' },
      body: png,
      status: 406,
      code: 'NOT_ACCEPTABLE',
      detail: /text\/html.*application\/json/,
    },
  ],
  ...[
    'http://example.org/a.png',
    'file:///etc/passwd',
    'ftp://example.org/a.png',
    'https://localhost/a.png',
    'https://127.0.0.1/a.png',
    'https://2130706433/a.png',
    'https://0x7f.1/a.png',
    'https://10.1.2.3/a.png',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/a.png',
    'https://[::ffff:127.0.0.1]/a.png',
    'https://[fe80::1]/a.png',
    'https://[fd00::1]/a.png',
    'https://printer.local/a.png',
    'https://intranet/a.png',
    'https://user:secret@example.org/a.png',
    'https://example.org:8443/a.png',
    'not a url',
  ].map((source) => ({
    name: `the source ${source}`,
    ...url(source),
    status: 422,
    code: 'SOURCE_FORBIDDEN',
    detail: /Use https with a public host/,
  })),
];

/** Flips bits in the middle, where the pixels are. */
function damaged(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = file.slice();
  const middle = copy.length >> 1;
  for (let i = middle; i < middle + 8; i++) copy[i]! ^= 0xff;
  return copy;
}
