import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { twoCells } from '../test/api/detect-requests.ts';
import { cellPixels, encode } from '../test/api/images.ts';
import { edgeForTests, wranglerForTests } from '../test/support/edge-worker.ts';
import { startUpload } from '../test/support/start-upload.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const local = { UNICELL_ENV: 'local', MODEL: 'tiny' };
const edge = await wranglerForTests({
  models,
  variables: {
    ...local,
    CACHE: 'on',
    QUEUE_PLACES: '2',
    MAX_WINDOWS: '2000',
  },
});
const fresh = await edgeForTests({ models, variables: { ...local, MAX_WINDOWS: '2000' } });
const nothing = await edgeForTests({
  models,
  variables: { ...local, MODEL: 'missing', BODY_TIMEOUT_MS: '700' },
});
const int8 = await edgeForTests({ models, variables: { ...local, MODEL_PRECISION: 'int8' } });

const [png] = twoCells;
function detect(url = edge.url, headers: Record<string, string> = {}, query = png!.query) {
  const init = { method: 'POST', headers: { ...png!.headers, ...headers }, body: png!.body };
  return fetch(`${url}/v1/detect?${query}`, init);
}

describe('the cache', () => {
  it('answers the same request again, and stores nothing for no-store', async () => {
    const query = `${png!.query}&threshold=0.7`;
    const noStore = await detect(edge.url, { 'cache-control': 'no-store' }, query);
    expect(noStore.headers.get('cache-control')).toBe('no-store');
    const first = await detect(edge.url, {}, query);
    expect(first.headers.get('x-unicell-cache')).toBeNull();
    const text = await first.text();
    const again = await detect(edge.url, {}, query);
    expect(again.headers.get('x-unicell-cache')).toBe('hit');
    expect(await again.text()).toBe(text);
    expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'));
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    const other = await detect(edge.url, {}, `${png!.query}&threshold=0.8`);
    expect(other.headers.get('x-unicell-cache')).toBeNull();
  });
});

describe('a slow body', () => {
  it('is cut off', async () => {
    expect(await startUpload(nothing.url, 30_000)).toMatchObject({ status: 408 });
  });

  it('takes no place from others', async () => {
    const slow = Array.from({ length: 8 }, () => startUpload(fresh.url, 3000));
    expect((await detect(fresh.url)).status).toBe(200);
    expect(await Promise.all(slow)).toEqual(Array(8).fill(undefined));
  });
});

describe('too many requests at once', () => {
  it('are refused with Retry-After, and the others answered rightly', async () => {
    const side = 1400;
    const body = await encode(cellPixels(side, side, [[2, 1]]), side, side, 'png');
    const send = (name: string) =>
      fetch(`${edge.url}/v1/detect?mpp=0.5&dataset=consep&name=${name}`, {
        method: 'POST',
        headers: { 'content-type': 'image/png' },
        body,
      });
    const responses = await Promise.all(Array.from({ length: 12 }, (_, i) => send(`n${i}`)));
    const statuses = new Set(responses.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([200, 503]);
    for (const response of responses) {
      const answer = await response.json();
      if (response.status === 200) {
        expect(answer).toMatchObject({ results: [{ nuclei: [{ x: 20, y: 12 }] }] });
      } else {
        expect(answer).toMatchObject({ code: 'OVERLOADED' });
        expect(response.headers.get('retry-after')).toBe('2');
      }
    }
    expect((await detect()).status).toBe(200);
  });
});

describe('a model that is not there', () => {
  it.each([
    ['a missing model', () => nothing.url, /no card\.json in the static assets/],
    ['a missing precision', () => int8.url, /no precision "int8"; its card lists fp32/],
  ])('%s is a problem, again and again', async (_name, url, detail) => {
    for (let i = 0; i < 2; i++) {
      const problem = await (await detect(url())).json();
      expect(problem).toMatchObject({ status: 500, code: 'MODEL_NOT_FOUND' });
      expect((problem as { detail: string }).detail).toMatch(detail);
    }
  });
});

describe('a client that goes away', () => {
  it.each([5, 60, 400])('after %i ms leaves the Worker as it was', async (patienceMs) => {
    const side = 1024;
    const body = await encode(cellPixels(side, side, [[2, 1]]), side, side, 'png');
    await fetch(`${fresh.url}/v1/detect?mpp=0.5&dataset=consep`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body,
      signal: AbortSignal.timeout(patienceMs),
    }).catch(() => {});
    expect((await detect(fresh.url)).status).toBe(200);
  });
});
