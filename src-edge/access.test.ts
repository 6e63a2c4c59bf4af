import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { twoCells } from '../test/api/detect-requests.ts';
import { edgeForTests } from '../test/support/edge-worker.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const key = { id: 'lab', sha256: createHash('sha256').update('s3cret').digest('hex') };
const open = await edgeForTests({ models, variables: { MODEL: 'tiny' } });
const guarded = await edgeForTests({
  models,
  variables: { MODEL: 'tiny', API_KEYS: JSON.stringify([{ ...key, scopes: ['detect'] }]) },
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
    const responses = [];
    for (let i = 0; i < 5; i++) responses.push(await detect(guarded.url, headers));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    const last = responses.at(-1)!;
    expect(last.headers.get('retry-after')).toBe('60');
    expect(await last.json()).toMatchObject({ code: 'RATE_LIMITED' });
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
