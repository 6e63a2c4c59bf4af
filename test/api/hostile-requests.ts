/**
 * Requests made to cost much or to be answered wrongly, that every tier must refuse.
 *
 * @module
 */
import { manyScans, surplusData } from '../support/costly-pictures.ts';
import { damagedJpegs } from '../support/damaged-jpegs.ts';
import { type BadRequest, base64, form, json, png, query, type } from './detect-requests.ts';

const repeated = (name: string, times: number) => new Array(times).fill(`${name}=consep`).join('&');
const asPng = { headers: type('image/png'), body: png };
const asJson = (body: string) => ({ query: '', headers: type('application/json'), body });
const MANY = 20_000;

export const hostileRequests: readonly BadRequest[] = [
  ...Object.entries(await damagedJpegs()).map(([name, body]) => ({
    ...{ name, query, headers: type('image/jpeg'), body },
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /cannot be decoded.*damaged or truncated/,
  })),
  {
    name: 'a JPEG of a hundred thousand scans',
    query,
    headers: type('image/jpeg'),
    body: await manyScans(512, 100_000),
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /more than 64 scans/,
  },
  {
    name: 'a PNG with 300 MB behind its pixels',
    query,
    headers: type('image/png'),
    body: surplusData(64, 3e8),
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /more data/,
  },
  {
    name: 'a form with a list option twenty thousand times',
    query,
    headers: {},
    body: manyFields('classes'),
    status: 400,
    code: 'INVALID_OPTIONS',
    detail: /more than 256 fields/,
  },
  {
    name: 'a form with twenty thousand names of options',
    query,
    headers: {},
    body: manyFields(''),
    status: 400,
    code: 'INVALID_OPTIONS',
    detail: /more than 256 fields/,
  },
  {
    name: 'a form with a list of a million datasets',
    query,
    headers: {},
    body: form({ dataset: 'consep,'.repeat(1e6) }, ['image']),
    status: 400,
    code: 'INVALID_OPTIONS',
    detail: /dataset has more than 64 items/,
  },
  {
    name: 'a query with a list option 65 times',
    ...asPng,
    query: `mpp=0.5&${repeated('dataset', 65)}`,
    status: 400,
    code: 'INVALID_OPTIONS',
    detail: /dataset has more than 64 items/,
  },
  {
    name: 'a query with many options',
    ...asPng,
    query: Array.from({ length: 300 }, (_, i) => `a${i}=1`).join('&'),
    status: 400,
    code: 'INVALID_OPTIONS',
    detail: /more than 256 fields/,
  },
  {
    name: 'JSON with a list of too many classes',
    ...json({ image: { base64 }, mpp: 0.5, classes: new Array(65).fill('epithelial') }),
    status: 400,
    code: 'INVALID_OPTIONS',
    detail: /classes/,
  },
  {
    name: 'JSON with a long list and no picture',
    ...json({ image: { base64 }, mpp: 0.5, classes: new Array(400_000).fill('a') }),
    status: 413,
    code: 'BODY_TOO_LARGE',
    detail: /1048576 bytes/,
  },
  {
    name: 'JSON whose long text is no picture',
    ...json({ image: { base64 }, mpp: 0.5, name: 'a'.repeat(2 ** 21) }),
    status: 413,
    code: 'BODY_TOO_LARGE',
    detail: /1048576 bytes/,
  },
  {
    name: 'JSON with two long texts',
    ...json({ image: { base64: 'A'.repeat(2 ** 21) }, mpp: 0.5, name: 'a'.repeat(2 ** 21) }),
    status: 413,
    code: 'BODY_TOO_LARGE',
    detail: /1048576 bytes/,
  },
  {
    name: 'JSON with a long text of quotes',
    ...json({ image: { base64: '"'.repeat(2 ** 20) }, mpp: 0.5 }),
    status: 413,
    code: 'BODY_TOO_LARGE',
    detail: /1048576 bytes/,
  },
  {
    name: 'JSON of a hundred thousand levels',
    ...asJson(`{"image":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
    status: 400,
    code: 'BODY_INVALID',
    detail: /32 levels/,
  },
  {
    name: 'JSON of a hundred thousand levels in an option',
    ...asJson(`{"image":{"base64":""},"classes":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}`),
    status: 400,
    code: 'BODY_INVALID',
    detail: /32 levels/,
  },
  {
    name: 'a long text that is no base64',
    ...json({ image: { base64: `${'A'.repeat(2 ** 21)}*` }, mpp: 0.5 }),
    status: 400,
    code: 'BODY_INVALID',
    detail: /not base64/,
  },
];

function manyFields(name: string): FormData {
  const data = form({}, ['image']);
  for (let i = 0; i < MANY; i++) data.append(name || `a${i}`, 'epithelial');
  return data;
}
