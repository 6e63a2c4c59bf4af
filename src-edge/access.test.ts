import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { twoCells } from '../test/api/detect-requests.ts';
import { edgeForTests, wranglerForTests } from '../test/support/edge-worker.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const key = (text: string, id = 'lab') => ({
  id,
  sha256: createHash('sha256').update(text).digest('hex'),
  scopes: ['detect'],
});
const open = await edgeForTests({ models, variables: { MODEL: 'tiny' } });
const guarded = await wranglerForTests({
  models,
  variables: {
    MODEL: 'tiny',
    API_KEYS: JSON.stringify([key('s3cret'), key('other', 'ward'), key('new', 'ward')]),
  },
  rateLimit: { limit: 3, period: 60 },
});
const wrong = await edgeForTests({
  models,
  variables: { UNICELL_ENV: 'local', MAX_WINDOWS: '-1' },
});

function detect(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const { query, headers: own, body } = twoCells[0]!;
  const all = { ...own, ...headers };
  return fetch(`${url}/v1/detect?${query}`, { method: 'POST', headers: all, body });
}

describe('a Worker without keys, outside local development', () => {
  it.each(['/v1/datasets', '/readyz'])('does not serve %s', async (path) => {
    const response = await fetch(`${open.url}${path}`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'CONFIGURATION_INVALID' });
  });

  it('detects nothing', async () => {
    expect((await detect(open.url)).status).toBe(503);
  });

  it('has nothing for tests', async () => {
    expect((await fetch(`${open.url}/debug/heap`)).status).toBe(404);
  });
});

describe('a Worker with keys', () => {
  it.each([
    ['no key', {}],
    ['another key', { authorization: 'Bearer guess' }],
  ])('refuses %s', async (_name, headers) => {
    const response = await detect(guarded.url, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('refuses a key of the wrong scope', async () => {
    const headers = { authorization: 'Bearer s3cret' };
    const response = await fetch(`${guarded.url}/v1/jobs`, { headers });
    expect(await response.json()).toMatchObject({ code: 'FORBIDDEN', status: 403 });
  });

  it('takes its key, and not more often than its limit', async () => {
    const headers = { authorization: 'Bearer s3cret' };
    const responses: Response[] = [];
    for (let i = 0; i < 5; i++) responses.push(await detect(guarded.url, headers));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    const field = (name: string) => responses.map((response) => response.headers.get(name));
    expect(new Set(field('ratelimit-policy'))).toEqual(new Set(['"default";q=3;w=60']));
    expect(field('ratelimit').join(' ')).toMatch(
      /^"default";r=2;t=\d+ "default";r=1;t=\d+ "default";r=0;t=\d+ "default";r=0;t=60 "default";r=0;t=60$/,
    );
    expect(field('retry-after')).toEqual([null, null, null, '60', '60']);
    expect(await responses.at(-1)!.json()).toMatchObject({ code: 'RATE_LIMITED' });
  });

  it.each(['other', 'new'])('counts the keys of one caller together: %s', async (text) => {
    const response = await detect(guarded.url, { authorization: `Bearer ${text}` });
    expect(response.status).toBe(200);
    const remaining = text === 'other' ? 2 : 1;
    expect(response.headers.get('ratelimit')).toContain(`r=${remaining};`);
  });

  it('says nothing of limits to whom it does not know, and on open routes', async () => {
    for (const path of ['/livez', '/v1/datasets']) {
      const response = await fetch(`${guarded.url}${path}`);
      expect(response.headers.get('ratelimit')).toBeNull();
    }
  });
});

describe('a Worker with a wrong variable', () => {
  it('names it', async () => {
    const response = await fetch(`${wrong.url}/livez`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'CONFIGURATION_INVALID',
      detail: expect.stringContaining('MAX_WINDOWS'),
    });
  });
});
