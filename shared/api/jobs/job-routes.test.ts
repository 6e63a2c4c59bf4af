import { beforeEach, describe, expect, it } from 'vitest';
import { apiForTests } from '../../../test/support/api-adapters.ts';
import { exportedText, jobServiceFake } from '../../../test/support/job-service-fake.ts';
import { jobSummarySchema } from '../../formats/job-summary.ts';
import { buildApi } from '../app.ts';

const jobs = jobServiceFake([
  { id: 1, type: 'status', data: 'running' },
  { id: 2, type: 'status', data: 'completed' },
]);
const api = apiForTests({ tier: 'gpu', jobs });
const app = buildApi(api);
const json = { 'content-type': 'application/json' };
const path = { type: 'path', path: '/slides/a.svs' };

const send = (method: string, target: string, init: RequestInit = {}) =>
  app.request(target, { method, ...init });
const post = (target: string, body: unknown, headers = {}) =>
  send('POST', target, { headers: { ...json, ...headers }, body: JSON.stringify(body) });
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

beforeEach(() => {
  jobs.asked.length = 0;
});

describe('POST /v1/jobs', () => {
  it('takes JSON that names a slide', async () => {
    const body = { source: path, dataset: ['consep'], exports: ['csv'], classes: 'stromal' };
    const response = await post('/v1/jobs', body, { 'idempotency-key': '"k-1"' });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/v1/jobs/running');
    expect(response.headers.get('retry-after')).toBe('5');
    expect(jobs.asked).toMatchObject([
      ['create', { source: path, tissue: 'auto', priority: 5 }, { idempotencyKey: 'k-1' }],
    ]);
  });

  it('takes the slide itself, with its options in the query', async () => {
    const regions = [
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [9, 0],
            [9, 9],
            [0, 0],
          ],
        ],
      },
    ];
    const query = new URLSearchParams({
      dataset: 'consep,ocelot',
      mpp: '0.25',
      priority: '9',
      exports: 'csv,json',
      regions: JSON.stringify(regions),
      webhook: 'https://hooks.example/unicell',
    });
    const response = await send('POST', `/v1/jobs?${query}`, { body: 'pixels' });
    expect(response.status, await response.clone().text()).toBe(202);
    const options = {
      dataset: ['consep', 'ocelot'],
      mpp: 0.25,
      priority: 9,
      exports: ['csv', 'json'],
      regions,
      webhook: { url: 'https://hooks.example/unicell' },
    };
    expect(jobs.asked).toMatchObject([
      ['create', { options }, {}],
      ['body', 'pixels'],
    ]);
  });

  it('takes the events of a webhook beside a slide, in JSON', async () => {
    const webhook = { url: 'https://hooks.example/unicell', events: ['job.progress'] };
    const query = new URLSearchParams({ webhook: JSON.stringify(webhook) });
    expect((await send('POST', `/v1/jobs?${query}`, { body: 'pixels' })).status).toBe(202);
    expect(jobs.asked[0]).toMatchObject(['create', { options: { webhook } }, {}]);
  });

  it.each([
    ['an unknown option', { source: path, datasett: 'consep' }, 'INVALID_OPTIONS'],
    ['no source', { dataset: 'consep' }, 'INVALID_OPTIONS'],
    ['a source of another kind', { source: { type: 'ftp', url: 'x' } }, 'INVALID_OPTIONS'],
    ['an unknown dataset', { source: path, dataset: 'consepp' }, 'DATASET_UNKNOWN'],
    ['a dataset without a head', { source: path, dataset: 'lizard' }, 'DATASET_NOT_IN_MODEL'],
    ['an unknown class', { source: path, classes: ['cat'] }, 'INVALID_OPTIONS'],
    ['an unknown format', { source: path, exports: ['xls'] }, 'FORMAT_UNKNOWN'],
    ['a resolution in metres', { source: path, mpp: 2.5e-7 }, 'MPP_INVALID'],
    ['a threshold of 2', { source: path, threshold: 2 }, 'INVALID_OPTIONS'],
    ['a region of two corners', { source: path, regions: [polygon(2)] }, 'INVALID_OPTIONS'],
    ['regions that no mask can hold', { source: path, regions: zigzags(300) }, 'INVALID_OPTIONS'],
    ['a list', [], 'BODY_INVALID'],
  ])('refuses %s before anything is kept', async (_name, body, code) => {
    expect(await codeOf(await post('/v1/jobs', body))).toBe(code);
    expect(await codeOf(await post('/v1/estimate', body))).toBe(code);
    expect(jobs.asked).toEqual([]);
  });

  it.each([
    ['?dataset=consepp', { body: 'x' }, 'DATASET_UNKNOWN'],
    ['?regions=[', { body: 'x' }, 'INVALID_OPTIONS'],
    ['?webhook={', { body: 'x' }, 'INVALID_OPTIONS'],
    ['?webhook=nowhere', { body: 'x' }, 'INVALID_OPTIONS'],
    ['?webhook={"url":"https://a.example","events":["x"]}', { body: 'x' }, 'INVALID_OPTIONS'],
    ['?priority=high', { body: 'x' }, 'INVALID_OPTIONS'],
    ['', {}, 'BODY_EMPTY'],
    ['', { body: new FormData() }, 'MEDIA_TYPE_UNSUPPORTED'],
    ['?mpp=1', { headers: json, body: '{}' }, 'INVALID_OPTIONS'],
    ['', { headers: { 'idempotency-key': '""' }, body: 'x' }, 'INVALID_OPTIONS'],
    ['', { headers: { 'content-length': '999999' }, body: 'x' }, 'BODY_TOO_LARGE'],
  ])('refuses the upload %s %o', async (query, init, code) => {
    expect(await codeOf(await send('POST', `/v1/jobs${query}`, init))).toBe(code);
  });

  it.each([
    ['is empty', [], 'BODY_EMPTY'],
    ['is too long', [new Uint8Array(3000), new Uint8Array(2000)], 'BODY_TOO_LARGE'],
    ['breaks off', [new Uint8Array(9), new Error('reset')], 'BODY_INVALID'],
    ['stands still', [new Uint8Array(9), undefined], 'BODY_TIMEOUT'],
  ])('does not take a part for the whole when the body %s', async (_name, parts, code) => {
    const left = [...parts];
    const body = new ReadableStream({
      pull(controller) {
        if (left.length === 0) return controller.close();
        const next = left.shift();
        if (next instanceof Error) controller.error(next);
        else if (next) controller.enqueue(next);
        return next ? undefined : new Promise<void>(() => {});
      },
    });
    const init: RequestInit & { duplex: 'half' } = { body, duplex: 'half' };
    expect(await codeOf(await send('POST', '/v1/jobs', init))).toBe(code);
  });
});

describe('a job', () => {
  it('has an ETag, and says when to look again', async () => {
    const response = await send('GET', '/v1/jobs/running');
    expect(response.headers.get('retry-after')).toBe('5');
    const etag = response.headers.get('etag')!;
    const again = await send('GET', '/v1/jobs/running', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    const ended = await send('GET', '/v1/jobs/ended', { headers: { 'if-none-match': etag } });
    expect([ended.status, ended.headers.has('retry-after')]).toEqual([200, false]);
  });

  it('has a summary, as JSON or as FHIR', async () => {
    const summary = await send('GET', '/v1/jobs/ended/summary');
    expect(summary.headers.get('content-type')).toBe('application/json');
    expect(jobSummarySchema.parse(await summary.json()).results[0]!.total.count).toBe(100);
    const wanted = { headers: { accept: 'application/fhir+json' } };
    for (const fhir of [
      await send('GET', '/v1/jobs/ended/summary', wanted),
      await send('GET', '/v1/jobs/ended/summary?format=fhir'),
    ]) {
      expect(fhir.headers.get('content-type')).toBe('application/fhir+json');
      expect(fhir.headers.get('vary')).toContain('Accept');
      expect(await fhir.json()).toMatchObject({ resourceType: 'Bundle', type: 'collection' });
    }
    const early = await send('GET', '/v1/jobs/running/summary');
    expect([early.status, await codeOf(early)]).toEqual([503, 'NOT_READY']);
    const bad = await send('GET', '/v1/jobs/ended/summary?format=hl7');
    expect(await codeOf(bad)).toBe('INVALID_OPTIONS');
    const html = { headers: { accept: 'text/html' } };
    const none = await send('GET', '/v1/jobs/ended/summary', html);
    expect(await codeOf(none)).toBe('NOT_ACCEPTABLE');
  });

  it('is waited for', async () => {
    await send('GET', '/v1/jobs/running?wait=30');
    expect(jobs.asked).toMatchObject([['wait', 'running', {}, 30_000, {}]]);
    expect(await codeOf(await send('GET', '/v1/jobs/running?wait=61'))).toBe('INVALID_OPTIONS');
  });

  it('is listed in pages', async () => {
    const response = await send('GET', '/v1/jobs?status=running&limit=2&cursor=abc');
    expect(await response.json()).toMatchObject({ jobs: [{ id: 'ended' }], cursor: 'next' });
    expect(jobs.asked).toMatchObject([
      ['list', {}, { status: 'running', limit: 2, cursor: 'abc' }],
    ]);
    for (const query of ['limit=0', 'limit=x', 'status=done', 'page=2']) {
      expect(await codeOf(await send('GET', `/v1/jobs?${query}`)), query).toBe('INVALID_OPTIONS');
    }
  });

  it.each([
    ['POST', '/v1/jobs/running/cancel', 200],
    ['POST', '/v1/jobs/ended/resume', 202],
    ['DELETE', '/v1/jobs/ended', 204],
    ['DELETE', '/v1/jobs/none', 404],
    ['GET', '/v1/jobs/none/events', 404],
  ])('%s %s', async (method, target, status) => {
    expect((await send(method, target)).status).toBe(status);
  });

  it('is resumed with other options, or with none', async () => {
    const { asked } = jobs;
    expect((await post('/v1/jobs/ended/resume', { mpp: 0.25, organ: null })).status).toBe(202);
    expect((await send('POST', '/v1/jobs/ended/resume', { headers: json })).status).toBe(202);
    expect((await post('/v1/jobs/ended/resume', {})).status).toBe(202);
    expect(asked.map((one) => one[3])).toEqual([{ mpp: 0.25, organ: null }, {}, {}]);
    for (const changes of [{ mpp: 'fine' }, { source: path }, { dataset: null }, { series: 1 }]) {
      expect(await codeOf(await post('/v1/jobs/ended/resume', changes))).toBe('INVALID_OPTIONS');
    }
  });

  it.each([
    ['POST', '/v1/jobs/ended/resume?mpp=0.5&dataset=ocelot'],
    ['POST', '/v1/jobs/running/cancel?reason=late'],
    ['DELETE', '/v1/jobs/ended?force'],
    ['GET', '/v1/jobs/ended/exports/a.csv?minScore=0.9'],
    ['GET', '/v1/jobs/ended/events?after=3'],
    ['POST', '/v1/estimate?mpp=0.5'],
    ['POST', '/v1/score?mode=greedy'],
    ['GET', '/v1/datasets?organ=colon'],
  ])('%s %s refuses options that it would ignore', async (method, target) => {
    const answer = await send(method, target);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'INVALID_OPTIONS']);
    expect(jobs.asked).toEqual([]);
  });

  it.each([undefined, 'text/plain'])('is not resumed with a body of the type %s', async (type) => {
    const body = new TextEncoder().encode('{"mpp":0.25}');
    const headers = type === undefined ? {} : { 'content-type': type };
    const answer = await send('POST', '/v1/jobs/ended/resume', { headers, body });
    expect(await codeOf(answer)).toBe('MEDIA_TYPE_UNSUPPORTED');
    expect(jobs.asked).toEqual([]);
  });

  it('is focused on a box', async () => {
    const focus = (body: unknown) =>
      send('PATCH', '/v1/jobs/running/focus', { headers: json, body: JSON.stringify(body) });
    expect((await focus({ bbox: [0, 0, 512, 512] })).status).toBe(200);
    expect(jobs.asked).toMatchObject([['focus', 'running', {}, [0, 0, 512, 512]]]);
    for (const bbox of [[0, 0, 0, 0], [5, 0, 1, 9], [1, 2, 3], 'all']) {
      expect(await codeOf(await focus({ bbox }))).toBe('INVALID_OPTIONS');
    }
  });
});

describe('GET /v1/jobs/{id}/events', () => {
  const events = (headers = {}) => send('GET', '/v1/jobs/ended/events', { headers });

  it('tells all, or what came after an id', async () => {
    const all = await events();
    expect(all.headers.get('content-type')).toBe('text/event-stream');
    expect((await all.text()).match(/^id: \d$/gm)).toEqual(['id: 1', 'id: 2']);
    expect((await (await events({ 'last-event-id': '1' })).text()).match(/^id: \d$/gm)).toEqual([
      'id: 2',
    ]);
  });

  it('answers 204 when nothing will come any more, so that clients stop coming back', async () => {
    expect((await events({ 'last-event-id': '2' })).status).toBe(204);
    expect(await codeOf(await events({ 'last-event-id': 'x' }))).toBe('INVALID_OPTIONS');
  });
});

describe('GET /v1/jobs/{id}/detections', () => {
  it('passes what was asked for on, and says that there may be more', async () => {
    const query = 'dataset=consep&bbox=0,0,10.5,20&classes=stromal&minScore=0.4';
    const response = await send('GET', `/v1/jobs/running/detections?${query}`, {
      headers: { accept: 'text/csv' },
    });
    expect(await response.text()).toBe('x,y\n1,2\n');
    expect(response.headers.get('x-partial')).toBe('true');
    expect(jobs.asked.at(-1)).toMatchObject([
      'detections',
      'running',
      {},
      { bbox: [0, 0, 10.5, 20], classes: ['stromal'], minScore: 0.4, format: 'csv' },
    ]);
    const ended = await send('GET', '/v1/jobs/ended/detections');
    expect(ended.headers.has('x-partial')).toBe(false);
  });

  it.each([
    ['bbox=0,0,0,0', 'INVALID_OPTIONS'],
    ['bbox=0,0,9', 'INVALID_OPTIONS'],
    ['bbox=a,b,c,d', 'INVALID_OPTIONS'],
    ['minScore=2', 'INVALID_OPTIONS'],
    ['format=xls', 'FORMAT_UNKNOWN'],
  ])('refuses %s', async (query, code) => {
    expect(await codeOf(await send('GET', `/v1/jobs/ended/detections?${query}`))).toBe(code);
  });
});

describe('GET /v1/jobs/{id}/exports/{name}', () => {
  const target = `/v1/jobs/ended/exports/${encodeURIComponent('a "1".consep.csv')}`;
  const get = (headers = {}) => send('GET', target, { headers });

  it('sends the file with its hash and its name', async () => {
    const response = await get();
    expect(await response.text()).toBe(exportedText);
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="a _1_.consep.csv"; filename*=UTF-8''a%20%221%22.consep.csv`,
    );
    expect(response.headers.get('repr-digest')).toMatch(/^sha-256=:[\w+/]{43}=:$/);
    const etag = response.headers.get('etag')!;
    expect((await get({ 'if-none-match': etag })).status).toBe(304);
    const head = await send('HEAD', target);
    expect(head.headers.get('content-length')).toBe(String(exportedText.length));
    expect(await head.text()).toBe('');
  });

  it('sends a part of it', async () => {
    const part = await get({ range: 'bytes=2-4' });
    expect([part.status, await part.text()]).toEqual([206, exportedText.slice(2, 5)]);
    expect(part.headers.get('content-range')).toBe(`bytes 2-4/${exportedText.length}`);
    const changed = await get({ range: 'bytes=2-4', 'if-range': '"other"' });
    expect(changed.status).toBe(200);
    const beyond = await get({ range: 'bytes=999-' });
    expect(beyond.headers.get('content-range')).toBe(`bytes */${exportedText.length}`);
    expect(await codeOf(beyond)).toBe('RANGE_NOT_SATISFIABLE');
  });

  it('names the files there are', async () => {
    const response = await send('GET', '/v1/jobs/ended/exports/b.csv');
    expect(((await response.json()) as { detail: string }).detail).toMatch(/there are a "1"/);
  });
});

describe('Prefer: respond-async', () => {
  const prefer = { prefer: 'wait=5, respond-async' };

  it('makes a job of a detection that gives the same', async () => {
    const response = await send('POST', '/v1/detect?dataset=consep&format=csv&mpp=0.5', {
      headers: { ...prefer, 'content-type': 'image/tiff' },
      body: 'pixels',
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    const options = { dataset: ['consep'], mpp: 0.5, tissue: 'none', exports: ['csv'] };
    expect(jobs.asked).toMatchObject([
      ['create', { options }, {}],
      ['body', 'pixels'],
    ]);
  });

  it('takes the picture of a JSON body', async () => {
    const image = { base64: btoa('pixels') };
    await post('/v1/detect?layout=columns', { image, mpp: 0.5 }, prefer);
    expect(jobs.asked).toMatchObject([
      ['create', { options: { exports: ['json-columns'] } }, {}],
      ['body', 'pixels'],
    ]);
    jobs.asked.length = 0;
    const url = 'https://example.org/a.svs';
    await post('/v1/detect', { image: { url } }, prefer);
    expect(jobs.asked).toMatchObject([['create', { source: { type: 'url', url } }, {}]]);
  });
});

describe('the scope jobs', () => {
  it('is needed', async () => {
    const keys = [{ id: 'a', sha256: 'b'.repeat(64), scopes: ['detect'] }];
    const guarded = buildApi(apiForTests({ tier: 'gpu', jobs, keys: JSON.stringify(keys) }));
    for (const target of ['/v1/jobs', '/v1/jobs/ended', '/v1/jobs/ended/exports/a']) {
      expect((await guarded.request(target)).status, target).toBe(401);
    }
    const asJob = {
      method: 'POST',
      headers: { prefer: 'respond-async', 'content-type': 'image/png' },
      body: 'x',
    };
    expect((await guarded.request('/v1/detect', asJob)).status).toBe(401);
  });
});

/** Regions of ten edges each that all span one height. */
function zigzags(count: number): unknown[] {
  const ring = Array.from({ length: 10 }, (_, i) => [i, i % 2 ? 900 : 0]);
  return Array.from({ length: count }, () => ({
    type: 'Polygon',
    coordinates: [[...ring, ring[0]]],
  }));
}

function polygon(corners: number): unknown {
  return { type: 'Polygon', coordinates: [Array.from({ length: corners }, (_, i) => [i, i])] };
}
