/** What operators see and do: keys, limits, log, figures, traces, draining. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { twoCells } from '../../test/api/detect-requests.ts';
import { cellPixels, encode } from '../../test/api/images.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';

const [png] = twoCells;
const sha256 = createHash('sha256').update('s3cret').digest('hex');
const keyOf = (id: string, scopes: readonly string[]) => ({ id, sha256, scopes });

function detect(url: string, headers = {}, query = png!.query, body = png!.body) {
  const init = { method: 'POST', headers: { ...png!.headers, ...headers }, body };
  return fetch(`${url}/v1/detect?${query}`, init);
}

/** Windows that a service has run. */
async function windowsOf({ url }: { readonly url: string }): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^unicell_windows_total (\d+)$/m.exec(text)?.[1]);
}

describe('a service with keys', async () => {
  const keys = JSON.stringify([keyOf('lab', ['detect', 'jobs'])]);
  const { url } = await gpuForTests({ UNICELL_ENV: '', API_KEYS: keys, RATE_LIMIT: '4' });
  const authorization = 'Bearer s3cret';

  it('refuses others', async () => {
    for (const path of ['/v1/datasets', '/v1/jobs', '/v1/jobs/x/events', '/metrics']) {
      expect((await fetch(`${url}${path}`)).status, path).toBe(401);
    }
    expect((await detect(url, { authorization: 'Bearer guess' })).status).toBe(401);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('keeps the figures for the scope admin', async () => {
    expect((await fetch(`${url}/metrics`, { headers: { authorization } })).status).toBe(403);
  });

  it('takes its key, and not more often than its limit', async () => {
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await detect(url, { authorization })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  });
});

describe('a service without keys', () => {
  it('does not start outside local development', async () => {
    await expect(gpuForTests({ UNICELL_ENV: '' })).rejects.toThrow(/API_KEYS/);
  });
});

describe('figures', async () => {
  const service = await gpuForTests({ METRICS_PORT: '0' });
  const figures = async () => (await fetch(`${service.metricsUrl}/metrics`)).text();
  const figure = (text: string, name: string) =>
    Number(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (.+)$`, 'm').exec(text)?.[1]);

  it('count windows, batches, requests and stages', async () => {
    const before = figure(await figures(), 'unicell_windows_total');
    await detect(service.url);
    await fetch(`${service.url}/v1/jobs/not-there`);
    const text = await figures();
    expect(figure(text, 'unicell_windows_total')).toBe(before + 1);
    expect(figure(text, 'unicell_batches_total')).toBeGreaterThanOrEqual(1);
    expect(figure(text, 'unicell_queue_depth{queue="requests"}')).toBe(0);
    expect(figure(text, 'unicell_queue_depth{queue="tasks"}')).toBe(0);
    expect(figure(text, 'unicell_stage_seconds_count{stage="infer"}')).toBe(1);
    expect(figure(text, 'unicell_stage_seconds_count{stage="decode"}')).toBe(1);
    expect(figure(text, 'unicell_engine_busy_ratio')).toBeLessThanOrEqual(1);
    expect(figure(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(text).toMatch(
      /unicell_http_request_seconds_count\{.*route="\/v1\/jobs\/\{id\}",status="404"\} 1/,
    );
    expect(text).toContain(
      'unicell_info{model="tiny",version="1.0.0",precision="fp32",provider="cpu"} 1',
    );
  });

  it('are not on the main port then', async () => {
    expect((await fetch(`${service.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${service.metricsUrl}/v1/models`)).status).toBe(404);
  });
});

describe('a client that goes away', () => {
  it('takes its detection with it', async () => {
    const service = await gpuForTests();
    const windows = () => windowsOf(service);
    const side = 2800;
    const body = await encode(cellPixels(side, side, [[2, 1]]), side, side, 'jpeg');
    const abort = new AbortController();
    const gone = fetch(`${service.url}/v1/detect?mpp=0.5&dataset=consep`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body,
      signal: abort.signal,
    });
    await vi.waitUntil(async () => (await windows()) > 0, { timeout: 30_000 });
    abort.abort();
    await expect(gone).rejects.toThrow();
    // The place is free again, and the windows were not all run.
    expect((await detect(service.url)).status).toBe(200);
    const done = await windows();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await windows()).toBe(done);
    expect(done).toBeLessThan((side / 48) ** 2);
  });
});

describe('readiness', async () => {
  const { url } = await gpuForTests({ MIN_FREE_BYTES: String(2 ** 42) });

  it('says what is missing', async () => {
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await response.json()).toMatchObject({
      code: 'NOT_READY',
      detail: expect.stringMatching(/disk of DATA_FOLDER has \d+ free bytes/),
    });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('names the execution provider, as every answer does', async () => {
    const ready = await gpuForTests();
    expect(await (await fetch(`${ready.url}/readyz`)).json()).toMatchObject({
      provider: 'cpu',
      role: 'all',
      checks: { engine: 'ok', store: 'ok', blobs: 'ok', disk: 'ok' },
    });
    const csv = await detect(ready.url, { accept: 'text/csv' });
    expect(csv.headers.get('x-unicell-provider')).toBe('cpu');
  });
});

describe('traces', () => {
  it('go to a collector, below the span of the edge', async () => {
    const received: string[] = [];
    const collector = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        received.push(Buffer.concat(parts).toString('latin1'));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    afterAll(() => collector.close());
    const { port } = collector.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    const service = await gpuForTests({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await detect(service.url, { traceparent });
    await service.stop();
    const { resourceSpans } = JSON.parse(received.join('')) as {
      resourceSpans: { scopeSpans: { spans: Record<string, string>[] }[] }[];
    };
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((s) => s.spans));
    const named = (name: string) => spans.find((span) => span.name === name)!;
    const request = named('POST /v1/detect');
    expect(request).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
    });
    for (const stage of ['decode', 'infer']) {
      expect(named(stage), stage).toMatchObject({
        traceId: request.traceId,
        parentSpanId: request.spanId,
      });
    }
  });
});

describe('draining', () => {
  it('lets requests end and takes no others', async () => {
    const service = await gpuForTests();
    const side = 1500;
    const body = await encode(cellPixels(side, side, [[2, 1]]), side, side, 'png');
    const long = detect(service.url, {}, 'mpp=0.5&dataset=consep', body);
    await vi.waitUntil(async () => (await windowsOf(service)) > 0, { timeout: 30_000 });
    const stopped = service.stop();
    const hasRefused = () =>
      detect(service.url).then(
        () => false,
        () => true,
      );
    await expect.poll(hasRefused, { timeout: 30_000 }).toBe(true);
    const answer = await long;
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ results: [{ nuclei: [{ x: 20, y: 12 }] }] });
    expect(await stopped).toBe(true);
  });

  it('lets go who only waits', async () => {
    const service = await gpuForTests({ ROLE: 'api' });
    const { id } = (await (
      await fetch(`${service.url}/v1/jobs?mpp=0.5`, { method: 'POST', body: png!.body })
    ).json()) as { id: string };
    const waits = fetch(`${service.url}/v1/jobs/${id}?wait=60`);
    const events = (await fetch(`${service.url}/v1/jobs/${id}/events`)).text();
    await new Promise((resolve) => setTimeout(resolve, 50));
    // Not cut off: the drain has 5 s, and the wait 60.
    expect(await service.stop()).toBe(true);
    expect(await (await waits).json()).toMatchObject({ id, status: 'queued' });
    expect(await events).toMatch(/^retry: 3000/);
  });
});

describe('a worker', () => {
  it('answers probes and nothing else', async () => {
    const { url } = await gpuForTests({ ROLE: 'worker' });
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ role: 'worker' });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const response = await detect(url);
    expect(response.status).toBe(404);
    expect(((await response.json()) as { detail: string }).detail).toMatch(/ROLE=worker/);
  });
});
