import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cellPixels, encode } from '../test/api/images.ts';
import { edgeForTests, wranglerForTests } from '../test/support/edge-worker.ts';
import { gpuStandIn } from '../test/support/gpu-stand-in.ts';
import { largeBody } from '../test/support/large-body.ts';
import { startPlainWorkerd } from '../test/support/plain-workerd.ts';
import { holdUpload } from '../test/support/start-upload.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const gpu = await gpuStandIn();
const variables = {
  UNICELL_ENV: 'local',
  MODEL: 'tiny',
  PREFERRED_WINDOWS: '4',
  MAX_WINDOWS: '16',
};
const edge = await wranglerForTests({
  models,
  variables: {
    ...variables,
    GPU_SERVICE_URL: gpu.url,
    GPU_SERVICE_KEY: 'inner',
    GPU_TIMEOUT_MS: '1500',
  },
});
const alone = await wranglerForTests({ models, variables });
const orphan = await edgeForTests({
  models,
  variables: { ...variables, GPU_SERVICE_URL: 'http://127.0.0.1:9' },
});

const png = (side: number) => encode(cellPixels(side, side, [[1, 1]]), side, side, 'png');
const small = await png(64);
const middle = await png(150);
const large = await png(400);
const answer = gpu.answer;

function detect(
  url: string,
  body: Uint8Array<ArrayBuffer> | Blob | ReadableStream,
  query = '',
  type = 'image/png',
): Promise<Response> {
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'content-type': type, authorization: 'Bearer outer', 'x-request-id': 'r-1' },
    body,
    duplex: 'half',
  };
  return fetch(`${url}/v1/detect?mpp=0.5&dataset=consep${query}`, init);
}

beforeEach(() => {
  gpu.seen.length = 0;
});
afterEach(() => {
  gpu.answer = answer;
});

describe('which tier answers', () => {
  it.each([
    ['a small picture', small, '', 'edge'],
    ['a small picture for the GPU', small, '&tier=gpu', 'gpu'],
    ['a picture of more windows than the edge prefers', middle, '', 'gpu'],
    ['the same for the edge', middle, '&tier=edge', 'edge'],
    ['a picture of more windows than the edge takes', large, '', 'gpu'],
  ])('%s', async (_name, image, query, tier) => {
    const response = await detect(edge.url, image, query);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ tier });
    expect(response.headers.get('x-unicell-tier')).toBe(tier);
  });

  it('hands TIFF over as it is, with its own key and the request’s id', async () => {
    const tiff = await encode(cellPixels(64, 64, []), 64, 64, 'tiff');
    expect((await detect(edge.url, tiff, '', 'image/tiff')).status).toBe(200);
    expect(gpu.seen).toMatchObject([
      {
        method: 'POST',
        url: '/v1/detect?mpp=0.5&dataset=consep',
        bytes: tiff.length,
        headers: {
          authorization: 'Bearer inner',
          'content-type': 'image/tiff',
          'x-request-id': 'r-1',
        },
      },
    ]);
  });

  it.each([true, false])(
    'passes more on than it takes itself (length known: %s)',
    async (isKnown) => {
      const bytes = 24 * 2 ** 20;
      const response = await detect(edge.url, largeBody(bytes, isKnown));
      expect(await response.json()).toEqual({ tier: 'gpu', bytes });
    },
  );

  it('shows jobs of the GPU service under its own host', async () => {
    gpu.answer = (_request, response) => {
      response.writeHead(202, { location: '/v1/jobs/7', 'retry-after': '5' }).end('{"id":"7"}');
    };
    const response = await fetch(`${edge.url}/v1/jobs?status=running`, {
      method: 'POST',
      body: 'x',
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/v1/jobs/7');
    expect(gpu.seen[0]).toMatchObject({ method: 'POST', url: '/v1/jobs?status=running', bytes: 1 });
  });

  it('keeps the host of the GPU service to itself, and what concerns only the two', async () => {
    gpu.answer = (_request, response) => {
      const headers = {
        location: `${gpu.url}/v1/jobs/7`,
        ratelimit: '"default";r=1;t=1',
        'access-control-allow-origin': '*',
        'set-cookie': 'a=b',
      };
      response.writeHead(202, headers).end('{}');
    };
    const { headers } = await detect(edge.url, small, '&tier=gpu');
    expect(headers.get('location')).toBe('/v1/jobs/7');
    expect(headers.get('ratelimit')).toMatch(/^"default";r=\d{3};t=\d+$/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('set-cookie')).toBeNull();
  });

  it('gives each request an id and its trace on', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { traceparent, tracestate: 'a=b', cookie: 'c=d' };
    const response = await fetch(`${edge.url}/v1/jobs/7`, { headers });
    expect(gpu.seen[0]!.headers).toMatchObject({
      traceparent,
      tracestate: 'a=b',
      'x-request-id': response.headers.get('x-request-id'),
    });
    expect(gpu.seen[0]!.headers).not.toHaveProperty('cookie');
  });

  it('lets an answer that has begun take longer than the timeout', async () => {
    gpu.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let left = 4;
      const timer = setInterval(() => {
        left -= 1;
        response.write(`data: ${left}\n\n`);
        if (left > 0) return;
        clearInterval(timer);
        response.end();
      }, 700);
    };
    const response = await fetch(`${edge.url}/v1/jobs/7/events`);
    expect(await response.text()).toMatch(/data: 0/);
  });

  it('sends nothing twice that may not be', async () => {
    gpu.answer = (_request, response) => response.writeHead(503).end();
    const send = (method: string) => fetch(`${edge.url}/v1/jobs/7/cancel`, { method });
    await send('POST');
    expect(gpu.seen).toHaveLength(1);
    await send('GET');
    expect(gpu.seen).toHaveLength(3);
    gpu.answer = answer;
    expect((await send('POST')).status).toBe(200);
  });

  it('takes what the edge has no place for', async () => {
    const narrow = await startPlainWorkerd({
      models,
      variables: { ...variables, MAX_UPLOADS: '1', GPU_SERVICE_URL: gpu.url },
    });
    onTestFinished(() => narrow.close());
    const tierOf = async () => (await detect(narrow.url, small)).headers.get('x-unicell-tier');
    expect(await tierOf()).toBe('edge');
    // A body that does not come to an end holds the only place for as long as the test needs.
    const held = holdUpload(narrow.url);
    try {
      await expect.poll(tierOf, { timeout: 20_000 }).toBe('gpu');
      const refused = await detect(narrow.url, small, '&tier=edge');
      expect(refused.status).toBe(503);
      expect(await refused.json()).toMatchObject({ code: 'OVERLOADED' });
    } finally {
      held.destroy();
    }
    await expect.poll(tierOf, { timeout: 20_000 }).toBe('edge');
  });

  it('does not take a slide that cannot be reached for an outage', async () => {
    gpu.answer = (_request, response) => {
      response.writeHead(502, { 'content-type': 'application/problem+json' });
      response.end('{"code":"SOURCE_UNREACHABLE"}');
    };
    for (let i = 0; i < 4; i++) {
      const response = await detect(edge.url, small, '&tier=gpu');
      expect([response.status, await response.json()]).toEqual([
        502,
        { code: 'SOURCE_UNREACHABLE' },
      ]);
    }
    expect(gpu.seen).toHaveLength(4);
    gpu.answer = answer;
    expect((await detect(edge.url, small, '&tier=gpu')).status).toBe(200);
  });

  it('gives the GPU service’s own problems on', async () => {
    gpu.answer = (_request, response) => response.writeHead(422).end('{"code":"MPP_UNKNOWN"}');
    const response = await detect(edge.url, small, '&tier=gpu');
    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({ code: 'MPP_UNKNOWN' });
  });
});

describe('without a GPU service', () => {
  it.each([
    [middle, '', 200, undefined],
    [large, '', 413, 'IMAGE_TOO_LARGE'],
    [small, '&tier=gpu', 503, 'GPU_UNAVAILABLE'],
  ])('answers what fits', async (image, query, status, code) => {
    const response = await detect(alone.url, image, query);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(code ? { code } : { tier: 'edge' });
  });

  it('refuses what only the other reads', async () => {
    const tiff = await encode(cellPixels(64, 64, []), 64, 64, 'tiff');
    const response = await detect(alone.url, tiff, '', 'image/tiff');
    expect(await response.json()).toMatchObject({ status: 415, code: 'IMAGE_UNSUPPORTED' });
    const jobs = await fetch(`${alone.url}/v1/jobs/7`);
    expect(await jobs.json()).toMatchObject({ status: 503, code: 'GPU_UNAVAILABLE' });
  });

  it('cuts off a body that is larger than allowed, with and without a length', async () => {
    const bytes = new Uint8Array(9 * 2 ** 20);
    for (const body of [bytes, new Blob([bytes]).stream()]) {
      const response = await detect(alone.url, body);
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ code: 'BODY_TOO_LARGE' });
    }
  });
});

describe('a GPU service that fails', () => {
  it('is tried twice, then the edge answers what fits and says so', async () => {
    gpu.answer = (_request, response) => response.writeHead(503).end();
    const response = await detect(edge.url, middle);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-unicell-warnings')).toBe('GPU_UNAVAILABLE_EDGE_ANSWERED');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(gpu.seen).toHaveLength(2);
    // A success closes the circuit again.
    gpu.answer = answer;
    expect(await (await detect(edge.url, middle)).json()).toMatchObject({ tier: 'gpu' });
  });

  it('is not asked twice when it says that it is too busy', async () => {
    const busy = { status: 503, code: 'OVERLOADED', detail: 'Later.' };
    gpu.answer = (_request, response) => {
      response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '7' });
      response.end(JSON.stringify(busy));
    };
    for (let i = 0; i < 4; i++) {
      const refused = await detect(edge.url, large);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7']);
      expect(await refused.json()).toEqual(busy);
    }
    expect(gpu.seen).toHaveLength(4);
    // What fits here is answered here.
    const response = await detect(edge.url, middle);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-unicell-warnings')).toBe('GPU_UNAVAILABLE_EDGE_ANSWERED');
    expect(gpu.seen).toHaveLength(5);
  });

  it('that hangs is given up after the timeout', async () => {
    gpu.answer = () => {};
    const response = await detect(edge.url, large);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect(await response.json()).toMatchObject({ code: 'GPU_UNAVAILABLE' });
    gpu.answer = answer;
    expect((await detect(edge.url, large)).status).toBe(200);
  });

  it('is not asked for a while when it failed several times', async () => {
    for (let i = 0; i < 3; i++) await detect(orphan.url, small, '&tier=gpu');
    const response = await detect(orphan.url, small, '&tier=gpu');
    expect(await response.json()).toMatchObject({
      code: 'GPU_UNAVAILABLE',
      detail: expect.stringContaining('failed several times'),
    });
    expect(await (await detect(orphan.url, middle)).json()).toMatchObject({ tier: 'edge' });
  });
});
