/** Labs behind one edge, before the real GPU service: nobody has the jobs of another. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobListSchema, jobSchema } from '../shared/api/jobs/job-schemas.ts';
import { edgeForTests } from '../test/support/edge-worker.ts';
import { gpuForTests } from '../test/support/gpu-service.ts';
import { cellPyramid } from '../test/support/pyramid.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const secret = 'a secret that both tiers have in common';
const keyOf = (id: string) => `key-of-${id}`;
const key = (id: string, scopes: readonly string[]) => ({
  ...{ id, scopes },
  sha256: createHash('sha256').update(keyOf(id)).digest('hex'),
});
const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const gpu = await gpuForTests({
  UNICELL_ENV: '',
  API_KEYS: JSON.stringify([key('edge', ['relay', 'detect', 'jobs'])]),
  CALLER_SECRET: secret,
});
const edgeWith = (variables: Readonly<Record<string, string>>) =>
  edgeForTests({
    models,
    variables: {
      MODEL: 'tiny',
      API_KEYS: JSON.stringify([key('lab-b', ['jobs']), key('lab-j', ['jobs'])]),
      GPU_SERVICE_URL: gpu.url,
      GPU_SERVICE_KEY: keyOf('edge'),
      ...variables,
    },
  });
const edge = await edgeWith({ CALLER_SECRET: secret });
const silent = await edgeWith({});
const slide = (await cellPyramid(tempFolder(), 600, 500)).file;

type Lab = 'lab-b' | 'lab-j';
const ask = (lab: Lab, path: string, init: RequestInit = {}, url = edge.url) =>
  fetch(`${url}${path}`, {
    ...init,
    headers: { ...init.headers, authorization: `Bearer ${keyOf(lab)}` },
  });
async function start(lab: Lab, name: string): Promise<string> {
  const path = `/v1/jobs?mpp=0.5&dataset=consep&tissue=none&exports=csv&name=${name}`;
  const headers = { 'content-type': 'image/tiff', 'idempotency-key': 'same' };
  const response = await ask(lab, path, { method: 'POST', headers, body: slide });
  expect(response.status).toBe(202);
  return jobSchema.parse(await response.json()).id;
}

describe('labs behind one edge', () => {
  it('have jobs and idempotency keys of their own', async () => {
    const ofB = await start('lab-b', 'b');
    const ofJ = await start('lab-j', 'j');
    expect(ofJ).not.toBe(ofB);
    expect(await start('lab-b', 'b')).toBe(ofB);
    for (const [lab, own, other] of [
      ['lab-b', ofB, ofJ],
      ['lab-j', ofJ, ofB],
    ] as const) {
      const ended = await (await ask(lab, `/v1/jobs/${own}?wait=30`)).json();
      expect(ended).toMatchObject({ status: 'completed' });
      const { jobs } = jobListSchema.parse(await (await ask(lab, '/v1/jobs')).json());
      expect(jobs.map(({ id }) => id)).toEqual([own]);
      expect((await ask(lab, `/v1/jobs/${own}/exports/consep.csv`)).status).toBe(200);
      for (const [path, method] of [
        ['', 'GET'],
        ['', 'DELETE'],
        ['/cancel', 'POST'],
        ['/resume', 'POST'],
        ['/exports/consep.csv', 'GET'],
        ['/detections', 'GET'],
        ['/summary', 'GET'],
        ['/events', 'GET'],
        ['/image.dzi', 'GET'],
        ['/points', 'GET'],
      ] as const) {
        const answer = await ask(lab, `/v1/jobs/${other}${path}`, { method });
        expect([path, method, answer.status]).toEqual([path, method, 404]);
      }
    }
  });

  it('cannot say that they are another', async () => {
    const seen = await ask('lab-j', '/v1/jobs', {
      headers: { 'x-unicell-caller': 'eyJpZCI6ImxhYi1iIn0.AAAA', 'x-forwarded-for': 'lab-b' },
    });
    expect([seen.status, await seen.json()]).toMatchObject([403, { code: 'FORBIDDEN' }]);
  });

  it('are not served by an edge that does not tell them apart', async () => {
    const answer = await ask('lab-b', '/v1/jobs', {}, silent.url);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { code: 'CONFIGURATION_INVALID', detail: expect.stringContaining('CALLER_SECRET') },
    ]);
  });
});
