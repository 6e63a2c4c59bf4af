/** Slide jobs over HTTP, from the upload to the files, as a client sees them. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Job, jobListSchema, jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { detect } from '../../shared/detect/detect.ts';
import { jobSummarySchema } from '../../shared/formats/job-summary.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { textOf } from '../../test/support/text-of.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { loadNativeEngine } from '../engine/native-engine.ts';
import { openSlide } from '../slides/open-slide.ts';

const folder = tempFolder();
const slide = await cellPyramid(folder, 1500, 1100);
const data = tempFolder();
const { url } = await gpuForTests({
  SLIDE_FOLDERS: folder,
  DATA_FOLDER: data,
  MAX_JOBS_PER_KEY: '3',
});
const query = 'dataset=consep,ocelot&mpp=0.5&tissue=none&exports=csv,json&name=cells.tif';

const upload = (headers = {}, body: Uint8Array<ArrayBuffer> | ArrayBuffer = slide.file) =>
  fetch(`${url}/v1/jobs?${query}`, { method: 'POST', headers, body });
const post = (path: string, body?: unknown) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
const jobOf = async (response: Response): Promise<Job> => {
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return jobSchema.parse(JSON.parse(text));
};
const ended = async (id: string) => {
  for (;;) {
    const job = await jobOf(await fetch(`${url}/v1/jobs/${id}?wait=20`));
    if (job.finishedAt !== null) return job;
  }
};
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe('a job from an upload', () => {
  let job: Job;
  let events: string;

  beforeAll(async () => {
    const response = await upload({ 'content-type': 'image/tiff' });
    expect(response.status).toBe(202);
    const { id } = await jobOf(response.clone());
    expect(response.headers.get('location')).toBe(`/v1/jobs/${id}`);
    events = await (await fetch(`${url}/v1/jobs/${id}/events`)).text();
    job = await ended(id);
  });

  it('says what it did', () => {
    expect(job, JSON.stringify(job.errors)).toMatchObject({
      status: 'completed',
      name: 'cells.tif',
      image: { width: 1500, height: 1100, mpp: 0.5, mppSource: 'request' },
      model: { id: 'tiny', provider: 'cpu' },
      results: [{ dataset: 'consep' }, { dataset: 'ocelot' }],
      errors: [],
    });
    expect(job.progress.windowsDone).toBe(job.progress.windowsTotal);
    expect(job.results[0]!.total).toBeGreaterThan(1000);
  });

  it('tells its events while it runs, and goes on where a client left off', async () => {
    const ids = [...events.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    expect(ids).toEqual(ids.map((_, i) => ids[0]! + i));
    expect(events).toMatch(/event: status\ndata: .*completed/);
    const goOn = (id: number) =>
      fetch(`${url}/v1/jobs/${job.id}/events`, { headers: { 'last-event-id': String(id) } });
    const rest = await (await goOn(ids.at(-2)!)).text();
    expect([...rest.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual([ids.at(-1)]);
    expect((await goOn(ids.at(-1)!)).status).toBe(204);
  });

  it('gives the files that a detection of the whole picture would', async () => {
    const model = join(tempFolder(), 'tiny');
    await writeTinyModel(model);
    const engine = await loadNativeEngine(model, { threads: 1 });
    const source = await openSlide(slide.path);
    const asked = { dataset: ['consep', 'ocelot'], mpp: 0.5 };
    const { image, mpp, model: by, results } = await detect(source, asked, engine);
    for (const format of ['csv', 'json']) {
      const { write } = await findFormat(format).load();
      for (const { dataset, nuclei, threshold } of results) {
        const seen = { id: 'cells.tif', ...image, mpp: mpp.value };
        const head = { dataset, model: by, image: seen, threshold };
        const name = `${dataset.id}.${format}`;
        const file = await (await fetch(`${url}/v1/jobs/${job.id}/exports/${name}`)).text();
        expect(file === textOf(write({ ...head, nuclei })), name).toBe(true);
      }
    }
    await source.close();
    await engine.close();
  });

  it('has a summary with the counts of its files', async () => {
    const summary = jobSummarySchema.parse(
      await (await fetch(`${url}/v1/jobs/${job.id}/summary`)).json(),
    );
    expect(summary).toMatchObject({ job: { id: job.id, name: 'cells.tif' }, isComplete: true });
    for (const [i, { dataset, total, classes }] of summary.results.entries()) {
      const csv = await (await fetch(`${url}/v1/jobs/${job.id}/exports/${dataset}.csv`)).text();
      const lines = csv.trimEnd().split('\n').slice(1);
      expect(total.count).toBe(lines.length);
      expect(total.count).toBe(job.results[i]!.total);
      expect(total.perMm2).toBeCloseTo(lines.length / summary.areaMm2, 6);
      for (const { name, count, fraction } of classes) {
        expect(count).toBe(lines.filter((line) => line.split(',')[2] === name).length);
        expect(fraction).toBeCloseTo(count / lines.length, 9);
      }
    }
    const fhir = await fetch(`${url}/v1/jobs/${job.id}/summary?format=fhir`);
    expect(fhir.headers.get('content-type')).toBe('application/fhir+json');
    expect(await fhir.json()).toMatchObject({ resourceType: 'Bundle' });
  });

  it('gives files by ranges, with their hashes', async () => {
    const { name, sha256, bytes } = job.exports[0]!;
    const target = `${url}/v1/jobs/${job.id}/exports/${name}`;
    const part = async (range: string) =>
      Buffer.from(await (await fetch(target, { headers: { range } })).arrayBuffer());
    const whole = Buffer.concat([await part('bytes=0-99'), await part('bytes=100-')]);
    expect(whole.length).toBe(bytes);
    expect(createHash('sha256').update(whole).digest('hex')).toBe(sha256);
    const { headers } = await fetch(target, { method: 'HEAD' });
    const digest = Buffer.from(sha256, 'hex').toString('base64');
    expect(headers.get('repr-digest')).toBe(`sha-256=:${digest}:`);
    expect(headers.get('etag')).toBe(`"${sha256}"`);
  });

  it('shows nuclei of a box, a class and a format', async () => {
    const box = '96,80,200,160';
    const all = await (await fetch(`${url}/v1/jobs/${job.id}/exports/ocelot.csv`)).text();
    const inside = all.split('\n').filter((row) => {
      const [x, y] = row.split(',').map(Number) as [number, number];
      return x >= 96 && x < 200 && y >= 80 && y < 160;
    });
    const response = await fetch(
      `${url}/v1/jobs/${job.id}/detections?bbox=${box}&dataset=ocelot&format=csv`,
    );
    expect(inside.length).toBeGreaterThan(10);
    expect((await response.text()).trim().split('\n').slice(1)).toEqual(inside);
    expect(response.headers.has('x-partial')).toBe(false);
    const none = await fetch(`${url}/v1/jobs/${job.id}/detections?minScore=1&dataset=consep`, {
      headers: { accept: 'text/csv' },
    });
    expect(await none.text()).toBe('x,y,class,score\n');
    const other = await fetch(`${url}/v1/jobs/${job.id}/detections?dataset=lizard`);
    expect(await codeOf(other)).toBe('DATASET_UNKNOWN');
  });

  it('is past cancelling and resuming, and can be erased', async () => {
    expect(await codeOf(await post(`/v1/jobs/${job.id}/cancel`))).toBe('JOB_STATE_CONFLICT');
    expect(await codeOf(await post(`/v1/jobs/${job.id}/resume`))).toBe('JOB_STATE_CONFLICT');
    expect((await fetch(`${url}/v1/jobs/${job.id}`, { method: 'DELETE' })).status).toBe(204);
    const paths = ['', '/events', '/detections', `/exports/${job.exports[0]!.name}`];
    for (const path of paths) {
      expect((await fetch(`${url}/v1/jobs/${job.id}${path}`)).status, path).toBe(404);
    }
  });
});

describe('jobs', () => {
  it('that failed run again with other options on the slide that they have', async () => {
    const response = await fetch(`${url}/v1/jobs?dataset=consep&tissue=none&name=a.tif`, {
      method: 'POST',
      headers: { 'content-type': 'image/tiff' },
      body: slide.file,
    });
    const { id } = await jobOf(response);
    const resume = (changes?: unknown) => post(`/v1/jobs/${id}/resume`, changes);
    expect(await ended(id)).toMatchObject({ status: 'failed', errors: [{ code: 'MPP_UNKNOWN' }] });
    expect(await codeOf(await resume({ mpp: 99 }))).toBe('MPP_INVALID');
    expect(await codeOf(await resume({ dataset: 'conseq' }))).toBe('DATASET_UNKNOWN');
    expect(await jobOf(await resume())).toMatchObject({ status: 'queued', attempt: 2 });
    expect(await ended(id)).toMatchObject({ status: 'failed', attempt: 2 });
    const again = await jobOf(await resume({ mpp: 0.5, dataset: ['ocelot'], exports: ['csv'] }));
    expect(again).toMatchObject({ status: 'queued', attempt: 3, errors: [], image: null });
    const job = await ended(id);
    expect(job, JSON.stringify(job.errors)).toMatchObject({
      status: 'completed',
      image: { mpp: 0.5, mppSource: 'request' },
      results: [{ dataset: 'ocelot' }],
      exports: [{ name: 'a.ocelot.csv' }],
    });
    expect(await codeOf(await resume({ mpp: 0.25 }))).toBe('JOB_STATE_CONFLICT');
    await fetch(`${url}/v1/jobs/${id}`, { method: 'DELETE' });
  });

  it('are made once for a key of idempotency', async () => {
    const key = { 'idempotency-key': '"same"' };
    const [first, again] = [await jobOf(await upload(key)), await jobOf(await upload(key))];
    expect(again.id).toBe(first.id);
    const body = new Uint8Array([1, 2, 3]);
    expect(await codeOf(await upload(key, body))).toBe('IDEMPOTENCY_CONFLICT');
    await ended(first.id);
  });

  it('are made of slides in allowed folders, and estimated before', async () => {
    const asked = { dataset: 'consep', mpp: 0.5, tissue: 'none' };
    const source = { type: 'path', path: slide.path };
    const estimate = await (await post('/v1/estimate', { ...asked, source })).json();
    expect(estimate).toMatchObject({ image: { width: 1500, height: 1100, mpp: 0.5 } });
    const job = await ended((await jobOf(await post('/v1/jobs', { ...asked, source }))).id);
    expect(job).toMatchObject({
      status: 'completed',
      source: { type: 'path', label: 'cells.tif' },
      progress: { windowsTotal: (estimate as { windows: number }).windows },
    });
    expect(JSON.stringify(job)).not.toContain(folder);
  });

  it('are made of detections that do not want to wait', async () => {
    const detection = `${url}/v1/detect?dataset=consep&mpp=0.5&format=csv`;
    const init = { method: 'POST', headers: { 'content-type': 'image/tiff' }, body: slide.file };
    const now = await (await fetch(detection, init)).text();
    const headers = { ...init.headers, prefer: 'respond-async' };
    const response = await fetch(detection, { ...init, headers });
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    const { id, exports } = await ended((await jobOf(response)).id);
    const file = await fetch(`${url}/v1/jobs/${id}/exports/${exports[0]!.name}`);
    expect(await file.text()).toBe(now);
  });

  it('are listed newest first, in pages', async () => {
    const page = async (more = '') =>
      jobListSchema.parse(await (await fetch(`${url}/v1/jobs?limit=2${more}`)).json());
    const first = await page();
    const second = await page(`&cursor=${first.cursor}`);
    const all = [...first.jobs, ...second.jobs].map(({ createdAt }) => createdAt);
    expect(all.length).toBe(3);
    expect(all).toEqual(all.toSorted().reverse());
  });
});

describe('bad sources', () => {
  const create = (source: unknown) => post('/v1/jobs', { source, dataset: 'consep', mpp: 0.5 });

  it.each([
    ['a path outside', { type: 'path', path: '/etc/passwd' }],
    ['a way out', { type: 'path', path: join(folder, '../../etc/passwd') }],
    ['a path with a zero byte', { type: 'path', path: `${folder}/a\0.tif` }],
    ['loopback', { type: 'url', url: 'https://127.0.0.1/a.svs' }],
    ['the metadata of a cloud', { type: 'url', url: 'http://169.254.169.254/latest' }],
    ['a file URL', { type: 'url', url: 'file:///etc/passwd' }],
  ])('%s makes no job', async (_name, source) => {
    const response = await create(source);
    expect([403, 404, 422]).toContain(response.status);
    expect(await codeOf(response)).toMatch(/^SOURCE_(FORBIDDEN|NOT_FOUND)$/);
  });

  it('an upload that breaks off leaves nothing', async () => {
    const before = await (await fetch(`${url}/v1/jobs`)).text();
    const files = () => readdir(data, { recursive: true });
    const filesBefore = (await files()).sort();
    const abort = new AbortController();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(slide.file.slice(0, 1000)),
      pull: () => new Promise<void>(() => {}),
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      body,
      duplex: 'half',
      signal: abort.signal,
    };
    const broken = expect(fetch(`${url}/v1/jobs?${query}`, init)).rejects.toThrow();
    const soon = { timeout: 30_000 };
    await expect.poll(async () => (await files()).length, soon).toBeGreaterThan(filesBefore.length);
    abort.abort();
    await broken;
    await expect.poll(async () => (await files()).sort(), soon).toEqual(filesBefore);
    expect(await (await fetch(`${url}/v1/jobs`)).text()).toBe(before);
  });

  it.each([
    ['a text', Buffer.from('<html>'), 'IMAGE_UNSUPPORTED'],
    ['half a slide', slide.file.slice(0, slide.file.length >> 1), 'IMAGE_UNREADABLE'],
  ])('%s fails as a job, with a reason and no path', async (_name, body, code) => {
    const job = await ended((await jobOf(await upload({}, body))).id);
    expect(job).toMatchObject({ status: 'failed', errors: [{ code }] });
    expect(job.errors[0]!.detail).not.toMatch(/\/tmp|blobs|data\//);
  });

  it('too many jobs are refused, and cancelled ones are not counted', async () => {
    const body = (await readFile(slide.path)).buffer as ArrayBuffer;
    const answers = await Promise.all(Array.from({ length: 12 }, () => upload({}, body)));
    const refused = answers.filter(({ status }) => status === 429);
    const made = answers.filter(({ status }) => status === 202);
    expect(made.length + refused.length).toBe(12);
    for (const response of refused) expect(await codeOf(response)).toBe('TOO_MANY_JOBS');
    for (const response of made) {
      const { id } = await jobOf(response);
      await post(`/v1/jobs/${id}/cancel`);
      const { status } = await ended(id);
      expect(['canceled', 'completed']).toContain(status);
    }
  });
});
