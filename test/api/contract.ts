/**
 * What every tier must do over HTTP, as tests against a URL. The service must run the tiny model under
 * the id `tiny` without keys, and allow pages of `https://viewer.example`.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { detectionSchema } from '../../shared/api/detect/detection-answer.ts';
import { problemSchema } from '../../shared/api/http/problem.ts';
import { datasetsSchema, modelsSchema } from '../../shared/api/info-routes.ts';
import { scoreReportSchema } from '../../shared/api/score/score-route.ts';
import { badRequests } from './bad-requests.ts';
import { type DetectRequest, greyPng, twoCells } from './detect-requests.ts';
import { hostileRequests } from './hostile-requests.ts';

/** @param url Of the running service, known when the tests run. */
export function testContract(tier: 'edge' | 'gpu', url: () => string): void {
  const send = (request: DetectRequest, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${url()}/v1/detect?${request.query}`, {
      method: 'POST',
      headers: { ...request.headers, ...headers },
      body: request.body,
    });
  const png = twoCells[0]!;

  describe('POST /v1/detect', () => {
    it.each(twoCells)('finds two nuclei in $name', async (request) => {
      const response = await send(request);
      const text = await response.text();
      expect(response.status, text).toBe(200);
      const answer = detectionSchema.parse(JSON.parse(text));
      expect(answer.tier).toBe(tier);
      expect(answer.image).toMatchObject({ width: 64, height: 64, mpp: 0.5, mppSource: 'request' });
      expect(answer.datasets[0]).toMatchObject({ id: 'consep', total: { count: 2 } });
      expect(answer.results[0]!.nuclei).toMatchObject([
        { x: 20, y: 12 },
        { x: 60, y: 52 },
      ]);
    });

    it('answers several datasets, as columns', async () => {
      const query = 'mpp=0.5&dataset=ocelot,consep&layout=columns&name=a.png';
      const response = await send({ ...png, query });
      const answer = detectionSchema.parse(await response.json());
      expect(answer.results.map(({ dataset }) => dataset.id)).toEqual(['ocelot', 'consep']);
      expect(answer.results[0]).toMatchObject({
        image: { id: 'a.png' },
        nuclei: { x: [20, 60], y: [12, 52] },
      });
    });

    it.each([
      ['dataset=all', ['consep', 'ocelot'], /asked for all/],
      ['dataset=auto&organ=Colon', ['consep'], /hint says colon/],
      ['dataset=auto&organ=prostate', ['ocelot'], /hint says prostate/],
      ['', ['consep'], /no hint of an organ.* call nothing a tumour/],
    ])('chooses the datasets of "%s" and says why', async (options, ids, reason) => {
      const response = await send({ ...png, query: `mpp=0.5&${options}` });
      const { datasets } = detectionSchema.parse(await response.json());
      expect(datasets.map(({ id }) => id)).toEqual(ids);
      expect(datasets[0]!.reason).toMatch(reason);
    });

    it('keeps to the classes and the threshold that were asked for', async () => {
      const query = `${png.query}&classes=stromal&threshold=0.9`;
      const response = await send({ ...png, query });
      const answer = detectionSchema.parse(await response.json());
      expect(answer.datasets[0]).toMatchObject({ threshold: 0.9, total: { count: 0 } });
    });

    it.each([
      ['text/csv', /^x,y,class,score\n20,12,/],
      ['application/geo+json', /^\{"type":"FeatureCollection"/],
      ['application/x-ndjson', /^\{"dataset":"consep","x":20,"y":12,.*\}\n\{.*"x":60/],
      ['text/html;q=0.1, application/*;q=0.5, text/csv;q=0.9', /^x,y,class,score\n/],
      [
        'application/vnd.unicell.detr+json',
        /^\[\n\{"score":[\d.]+,"label":"\w+","box":\{"xmin":12,/,
      ],
      ['application/ld+json', /^\{"@context":"http:\/\/www.w3.org\/ns\/anno.jsonld"/],
      ['application/xml', /<ASAP_Annotations>/],
      ['application/vnd.apache.parquet', /^PAR1.*PAR1$/s],
    ])('answers %s', async (accept, expected) => {
      const response = await send(png, { accept });
      expect(await response.text()).toMatch(expected);
      expect(accept).toContain(response.headers.get('content-type')!.split(';')[0]);
      expect(response.headers.get('vary')).toContain('Accept');
    });

    it('draws boxes of another radius', async () => {
      const query = `${png.query}&format=detr&radiusUm=8`;
      const [first] = (await (await send({ ...png, query })).json()) as { box: object }[];
      expect(first!.box).toEqual({ xmin: 4, ymin: 0, xmax: 36, ymax: 28 });
    });

    it('says who answered, how long it took, and for which request', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const { headers } = await send(png, { 'x-request-id': 'abc-1', traceparent });
      expect(headers.get('x-request-id')).toBe('abc-1');
      expect(headers.get('traceparent')).toBe(traceparent);
      expect(headers.get('x-unicell-tier')).toBe(tier);
      expect(headers.get('x-unicell-model')).toBe('tiny@1.0.0/fp32');
      expect(headers.get('server-timing')).toMatch(/decode;dur=[\d.]+, .*detect;dur=[\d.]+/);
    });

    it('names warnings in a header', async () => {
      const response = await send({ ...png, query: 'mpp=0.9&dataset=consep' });
      expect(response.headers.get('x-unicell-warnings')).toBe('MPP_COARSE');
    });

    it('says of a picture in grey that it is one', async () => {
      const response = await send({ ...greyPng, query: 'mpp=0.9&dataset=consep' });
      expect(response.headers.get('x-unicell-warnings')).toBe('NO_COLOUR, MPP_COARSE');
    });

    it('answers 304 to the ETag of the same request, and only to that', async () => {
      const etag = (await send(png)).headers.get('etag')!;
      const known = await send(png, { 'if-none-match': `"x", W/${etag}` });
      expect(known.status).toBe(304);
      expect(await known.text()).toBe('');
      expect(known.headers.get('etag')).toBe(etag);
      expect(known.headers.get('cache-control')).toMatch(/^private, immutable/);
      expect(known.headers.get('vary')).toContain('Accept');
      const other = { ...png, query: `${png.query}&threshold=0.6` };
      expect((await send(other, { 'if-none-match': etag })).status).toBe(200);
      expect((await send(png, { 'if-none-match': etag, accept: 'text/csv' })).status).toBe(200);
    });

    it.each([...badRequests, ...hostileRequests])(
      'refuses $name with $code',
      async ({ status, code, detail, ...request }) => {
        const response = await send(request);
        expect(response.headers.get('content-type')).toBe('application/problem+json');
        const problem = problemSchema.parse(await response.json());
        expect(problem).toMatchObject({ status, code, instance: '/v1/detect' });
        expect(problem.detail).toMatch(detail);
        expect(response.status).toBe(status);
        expect(response.headers.get('x-request-id')).toBe(problem.requestId);
      },
    );
  });

  describe('the other routes', () => {
    it('lists the datasets and the model', async () => {
      const datasets = datasetsSchema.parse(await getJson('/v1/datasets'));
      expect(datasets.datasets.map(({ id }) => id)).toEqual(['consep', 'ocelot']);
      const { models } = modelsSchema.parse(await getJson('/v1/models'));
      expect(models).toMatchObject([{ id: 'tiny', tier, precision: 'fp32' }]);
    });

    it('scores points', async () => {
      const report = scoreReportSchema.parse(
        await (
          await post('/v1/score', {
            dataset: 'consep',
            mpp: 0.5,
            truth: [
              { x: 10, y: 10, class: 'epithelial' },
              { x: 90, y: 90, class: 'inflammatory' },
            ],
            predictions: [{ x: 13, y: 10, class: 'Epithelial', score: 0.9 }],
          })
        ).json(),
      );
      expect(report).toMatchObject({ dataset: 'consep', tp: 1, fp: 0, fn: 1 });
      expect(report.fd).toBeCloseTo(2 / 3);
    });

    it('scores by the rules of the field', async () => {
      const points = [
        { x: 14, y: 10, class: 'epithelial', score: 0.9 },
        { x: 11, y: 10, class: 'stromal', score: 0.8 },
      ];
      const truth = [{ x: 10, y: 10, class: 'epithelial' }];
      const body = { dataset: 'consep', mpp: 0.5, truth, predictions: points };
      const greedy = scoreReportSchema.parse(
        await (await post('/v1/score', { ...body, mode: 'greedy' })).json(),
      );
      expect(greedy).toMatchObject({ mode: 'greedy', tp: 1, fp: 1, fc: 0.5 });
      // Epithelial found and stromal invented; the default takes the nearer one, which is confused.
      expect(greedy.classes.map(({ fc }) => fc)).toEqual([null, 1, 0]);
      const usual = scoreReportSchema.parse(await (await post('/v1/score', body)).json());
      expect(usual).toMatchObject({ mode: 'default', fc: 0 });
      expect(JSON.stringify(await getJson('/openapi.json'))).toContain('"greedy"');
    });

    it('scores nothing in ignored boxes', async () => {
      const response = await post('/v1/score', {
        dataset: 'consep',
        mpp: 0.5,
        truth: [{ x: 10, y: 10, class: 'epithelial' }],
        predictions: [
          { x: 13, y: 10, class: 'epithelial' },
          { x: 50, y: 50, class: 'stromal' },
        ],
        ignored: [{ x0: 50, y0: 50, x1: 60, y1: 60 }],
      });
      expect(await response.json()).toMatchObject({ tp: 1, fp: 0, fn: 0, fc: 1 });
    });

    it.each([
      [
        'a field that is none',
        { dataset: 'consep', mpp: 0.5, truth: [], predictions: [], radius: 1 },
        'INVALID_OPTIONS',
      ],
      [
        'an unknown class',
        { dataset: 'consep', mpp: 0.5, truth: [{ x: 1, y: 1, class: 'cat' }], predictions: [] },
        'POINTS_INVALID',
      ],
      [
        'pictures of one side only',
        {
          dataset: 'consep',
          mpp: 0.5,
          truth: [{ image: 'a', x: 1, y: 1 }],
          predictions: [{ image: 'b', x: 1, y: 1 }],
        },
        'SCORE_MISMATCH',
      ],
      [
        'a box that is reversed',
        {
          dataset: 'consep',
          mpp: 0.5,
          truth: [],
          predictions: [],
          ignored: [{ x0: 5, y0: 0, x1: 1, y1: 9 }],
        },
        'INVALID_OPTIONS',
      ],
      [
        'a box of a picture that is not there',
        {
          dataset: 'consep',
          mpp: 0.5,
          truth: [],
          predictions: [],
          ignored: [{ image: 'a', x0: 0, y0: 0, x1: 1, y1: 9 }],
        },
        'SCORE_MISMATCH',
      ],
      ['no resolution', { dataset: 'consep', mpp: 0, truth: [], predictions: [] }, 'MPP_INVALID'],
    ])('refuses to score %s', async (_name, body, code) => {
      expect(await (await post('/v1/score', body)).json()).toMatchObject({ code });
    });

    it('tells of its health', async () => {
      expect(await getJson('/livez')).toEqual({ live: true });
      expect(await getJson('/readyz')).toMatchObject({ ready: true, tier, model: { id: 'tiny' } });
      expect(await getJson('/v2')).toMatchObject({ name: `unicell-${tier}` });
      expect(await getJson('/v2/health/live')).toEqual({ live: true });
      expect(await getJson('/v2/health/ready')).toEqual({ ready: true });
      expect(await getJson('/v2/models/tiny')).toMatchObject({ inputs: [{ name: 'image' }, {}] });
      expect(await getJson('/v2/models/tiny/ready')).toEqual({ name: 'tiny', ready: true });
    });

    it('describes every route that it has', async () => {
      const { openapi, paths } = (await getJson('/openapi.json')) as {
        openapi: string;
        paths: Record<string, Record<string, unknown>>;
      };
      expect(openapi).toBe('3.1.0');
      for (const [path, operations] of Object.entries(paths)) {
        for (const method of Object.keys(operations)) {
          const target = `${url()}${path.replace('{model}', 'tiny').replaceAll(/[{}]/g, '')}`;
          const response = await fetch(target, { method: method.toUpperCase() });
          if (/^\/v1\/(jobs|estimate)/.test(path)) {
            await expectJobRoute(response, path);
            continue;
          }
          const { code = '' } = (await response.json()) as { code?: string };
          expect(code, `${method} ${path}`).not.toMatch(/^(NOT_FOUND|METHOD_NOT_ALLOWED)$/);
        }
      }
    });

    it.each([
      ['/nope', 'GET', 404, 'NOT_FOUND'],
      ['/compact/card.json', 'GET', 404, 'NOT_FOUND'],
      ['/compact/trunk.onnx', 'GET', 404, 'NOT_FOUND'],
      ['/v1/detect', 'GET', 405, 'METHOD_NOT_ALLOWED'],
      ['/v2/models/tiny', 'POST', 405, 'METHOD_NOT_ALLOWED'],
      ['/v2/models/other', 'GET', 404, 'NOT_FOUND'],
    ])('answers %s %s with a problem', async (path, method, status, code) => {
      const response = await fetch(`${url()}${path}`, { method });
      expect(response.status).toBe(status);
      expect(problemSchema.parse(await response.json()).code).toBe(code);
      if (status === 405) expect(response.headers.get('allow')).toMatch(/^(GET|POST)$/);
    });

    it('names the path that was meant', async () => {
      const detail = async (path: string) =>
        problemSchema.parse(await (await fetch(`${url()}${path}`)).json()).detail;
      expect(await detail('/v1/detct')).toBe(
        'There is no /v1/detct. Did you mean /v1/detect? /docs and /openapi.json say what there is.',
      );
      expect(await detail('/nope')).toBe(
        'There is no /nope. /docs and /openapi.json say what there is.',
      );
    });

    it.each(['/', '/docs'])(
      'serves the page %s, which needs nothing from elsewhere',
      async (path) => {
        const response = await fetch(`${url()}${path}`);
        expect(response.headers.get('content-type')).toMatch(/^text\/html/);
        expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
        expect(await response.text()).not.toMatch(/(?:src|href)="?(?:https?:)?\/\//);
      },
    );

    it('serves what the page /docs loads, and nothing else beside it', async () => {
      const page = await (await fetch(`${url()}/docs`)).text();
      const paths = [...page.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, path]) => path!);
      expect(paths.sort()).toEqual(['/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css']);
      for (const path of [...paths, '/docs/swagger-ui-bundle.js.LICENSE.txt']) {
        const response = await fetch(`${url()}${path}`);
        expect(response.headers.get('content-type'), path).toMatch(
          /^text\/(javascript|css|plain);/,
        );
        expect((await response.text()).length, path).toBeGreaterThan(1000);
      }
      expect((await fetch(`${url()}/docs/swagger-ui.js`)).status).toBe(404);
    });

    it('lets pages of the allowed origins in, and no others', async () => {
      const preflight = (origin: string) =>
        fetch(`${url()}/v1/detect`, {
          method: 'OPTIONS',
          headers: { origin, 'access-control-request-method': 'POST' },
        });
      const allowed = await preflight('https://viewer.example');
      expect(allowed.status).toBe(204);
      expect(allowed.headers.get('access-control-allow-origin')).toBe('https://viewer.example');
      expect(allowed.headers.get('access-control-allow-headers')).toContain('Authorization');
      expect(allowed.headers.get('vary')).toContain('Origin');
      const other = await preflight('https://evil.example');
      expect(other.headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  /** Without a body, and for a job that is not there: the route answers, or the edge in its stead. */
  async function expectJobRoute(response: Response, path: string): Promise<void> {
    if (response.status === 200) return;
    const { code, detail } = problemSchema.parse(await response.json());
    expect([400, 404, 415, 503], path).toContain(response.status);
    expect(code === 'NOT_FOUND' ? detail : '', path).not.toMatch(/^There is no \//);
  }

  async function getJson(path: string): Promise<unknown> {
    const response = await fetch(`${url()}${path}`);
    expect(response.status, path).toBe(200);
    return response.json();
  }

  function post(path: string, body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(`${url()}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  }
}
