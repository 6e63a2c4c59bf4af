import { expect, it } from 'vitest';
import { apiForTests } from '../../../test/support/api-adapters.ts';
import { buildApi } from '../app.ts';

const app = buildApi(apiForTests({ allowedOrigins: ['https://lab.example'] }));
const base = 'http://localhost';
const asked = (origin: string, headers: Record<string, string> = {}) => ({ origin, ...headers });
const cors = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
const ofPage = 'access-control-allow-origin';

it('a page of an allowed origin reads answers', async () => {
  const headers = asked('https://lab.example', cors);
  const answer = await app.request(`${base}/v1/datasets`, { headers });
  expect([answer.status, answer.headers.get(ofPage)]).toEqual([200, 'https://lab.example']);
});

it.each(['https://other.example', 'null'])('a page of %s reads why it is refused', async (one) => {
  for (const site of ['cross-site', 'same-site']) {
    const headers = asked(one, { ...cors, 'sec-fetch-site': site });
    const answer = await app.request(`${base}/v1/datasets`, { headers });
    expect([answer.status, answer.headers.get(ofPage)]).toEqual([403, one]);
    expect(answer.headers.get('vary')).toMatch(/Origin/);
    const { code, detail } = (await answer.json()) as { code: string; detail: string };
    expect(code).toBe('FORBIDDEN');
    expect(detail).toMatch(/ALLOWED_ORIGINS/);
    expect(detail).toMatch(one === 'null' ? /opened from a file/ : one);
  }
});

it('a preflight of such a page passes, so that it may be told, and is not remembered', async () => {
  const headers = asked('https://other.example', {
    ...cors,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  });
  const answer = await app.request(`${base}/v1/detect`, { method: 'OPTIONS', headers });
  expect(answer.status).toBe(204);
  expect(answer.headers.get(ofPage)).toBe('https://other.example');
  expect(answer.headers.get('access-control-max-age')).toBe('0');
  expect(answer.headers.get('access-control-allow-headers')).toMatch(/Authorization/);
});

it.each([
  ['behind a proxy that gave it another name', { 'sec-fetch-site': 'same-origin' }],
  ['of a browser that says nothing', {}],
  ['that only shows a picture', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
])('a page %s is left to the browser', async (_, more) => {
  const headers = asked('https://other.example', more);
  const answer = await app.request(`${base}/v1/datasets`, { headers });
  expect([answer.status, answer.headers.get(ofPage)]).toEqual([200, null]);
});

it('any page loads the overlay, which holds no data, and hears from it why it may not ask', async () => {
  const headers = asked('https://other.example', cors);
  const answer = await app.request(`${base}/viewer/overlay.js`, { headers });
  expect([answer.status, answer.headers.get(ofPage)]).toEqual([200, '*']);
});
