import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../shared/api/http/caller.ts';
import {
  type Job,
  type JobOptions,
  type JobRequest,
  jobOptionsSchema,
  jobRequestSchema,
} from '../../shared/api/jobs/job-schemas.ts';
import type { JobService } from '../../shared/api/jobs/job-service.ts';
import { openTestJobs } from '../../test/support/job-node.ts';
import { serveLoopback } from '../../test/support/loopback.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import type { Jobs } from '../service/open-jobs.ts';

const root = tempFolder();
const slides = join(root, 'slides');
const alice: Caller = { id: 'alice', scopes: ['jobs'] };
const bob: Caller = { id: 'bob', scopes: ['jobs'] };
const admin: Caller = { id: 'root', scopes: ['jobs', 'admin'] };
const patience = () => AbortSignal.timeout(60_000);

describe('the job service', () => {
  let host: EngineHost;
  let slide: Uint8Array<ArrayBuffer>;
  let server: Awaited<ReturnType<typeof serveLoopback>>;
  /** Runs nothing, so that jobs stay queued. */
  let idle: Jobs;
  let busy: Jobs;

  beforeAll(async () => {
    mkdirSync(slides);
    ({ file: slide } = await cellPyramid(slides, 900, 700));
    await writeTinyModel(join(root, 'tiny'));
    host = await openEngineHost({ model: join(root, 'tiny'), ep: 'cpu', threads: 1 });
    server = await serveLoopback((request, response) => {
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
      if (request.url === '/endless') {
        const more = () => response.write(new Uint8Array(65_536), () => setImmediate(more));
        more();
      } else if (range && request.url === '/ranges.tif') {
        const [from, to] = [Number(range[1]), Math.min(Number(range[2]), slide.length - 1)];
        response
          .writeHead(206, { 'content-range': `bytes ${from}-${to}/${slide.length}` })
          .end(slide.subarray(from, to + 1));
      } else if (request.url === '/whole.tif') response.end(slide);
      else response.writeHead(404).end();
    });
    idle = await open('idle', false);
    busy = await open('busy', true);
  });
  afterAll(async () => {
    await idle?.close();
    await busy?.close();
    await server?.close();
    await host?.close();
  });

  function open(name: string, works: boolean): Promise<Jobs> {
    return openTestJobs(root, {
      host,
      dataFolder: join(root, name),
      node: name,
      works,
      slideFolders: [slides],
      maxOpenJobs: 3,
      trusted: { slides: [server.host], pacs: [], webhooks: [] },
    });
  }
  const options = (changes: Partial<JobOptions> = {}): JobOptions =>
    jobOptionsSchema.parse({ dataset: 'consep', mpp: 0.5, tissue: 'none', ...changes });
  const request = (source: JobRequest['source'], changes: Partial<JobOptions> = {}): JobRequest =>
    jobRequestSchema.parse({ ...options(changes), source });
  const ofPath = (changes: Partial<JobOptions> = {}) =>
    request({ type: 'path', path: 'cells.tif' }, changes);
  const upload = (body: ReadableStream<Uint8Array>, changes: Partial<JobOptions> = {}) => ({
    upload: { body, contentType: 'image/tiff' },
    options: options(changes),
  });
  const whole = () => new Blob([slide]).stream();
  const create = (
    service: JobService,
    what: Parameters<JobService['create']>[0],
    caller = alice,
    idempotencyKey?: string,
  ) => service.create(what, { caller, idempotencyKey });
  async function ended(id: string, caller = alice): Promise<Job> {
    const job = await busy.service.wait(id, caller, 60_000, patience());
    expect(job.finishedAt).not.toBeNull();
    return job;
  }
  const uploadsOf = (name: string) => {
    try {
      return readdirSync(join(root, name, 'blobs', 'uploads'));
    } catch {
      return [];
    }
  };
  const partsOf = (name: string) => readdirSync(join(root, name, 'blobs', '.parts'));
  async function emptied(): Promise<void> {
    for (const { id } of (await idle.service.list(admin, { limit: 100 })).jobs) {
      await idle.service.remove(id, admin);
    }
  }

  describe('sources', () => {
    const totals = new Set<number>();
    it.each<[string, () => Parameters<JobService['create']>[0]]>([
      ['a path', () => ofPath()],
      ['an upload', () => upload(whole())],
      ['a URL with ranges', () => request({ type: 'url', url: `${server.url}/ranges.tif` })],
      ['a URL without ranges', () => request({ type: 'url', url: `${server.url}/whole.tif` })],
    ])('are read from %s, with the same result', async (_, source) => {
      const { id } = await create(busy.service, source());
      const job = await ended(id);
      expect(job, JSON.stringify(job.errors)).toMatchObject({
        status: 'completed',
        image: { width: 900, height: 700 },
      });
      totals.add(job.results[0]!.total);
      expect([...totals]).toEqual([expect.any(Number)]);
      expect([...totals][0]).toBeGreaterThan(500);
      await busy.service.remove(id, alice);
    });

    it('are refused where they lead elsewhere', async () => {
      const refused = (source: JobRequest['source']) =>
        expect(create(idle.service, request(source))).rejects.toMatchObject({
          code: 'SOURCE_FORBIDDEN',
        });
      await refused({ type: 'path', path: '../idle/jobs.sqlite' });
      await refused({ type: 'url', url: 'http://127.0.0.1:9/a.svs' });
      await refused({ type: 'url', url: 'https://10.0.0.1/a.svs' });
    });

    it('that are endless are cut off', async () => {
      const { id } = await create(
        busy.service,
        request({ type: 'url', url: `${server.url}/endless` }),
      );
      const job = await ended(id);
      expect(job).toMatchObject({ status: 'failed', errors: [{ code: 'BODY_TOO_LARGE' }] });
      expect(partsOf('busy')).toEqual([]);
      await busy.service.remove(id, alice);
    });

    it('do not show what only the service knows', async () => {
      const url = `${server.url}/slides/one.svs?token=secret`;
      const job = await create(idle.service, request({ type: 'url', url }));
      expect(job.source).toEqual({ type: 'url', label: 'one.svs' });
      const path = await create(
        idle.service,
        request({ type: 'path', path: join(slides, 'cells.tif') }),
      );
      expect(JSON.stringify([job, path])).not.toMatch(/secret|unicell-test/);
      await emptied();
    });
  });

  describe('uploads', () => {
    it('that break off leave nothing', async () => {
      let sent = 0;
      const broken = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent++ < 3) controller.enqueue(slide.subarray(0, 1000));
          else controller.error(new Error('the connection broke'));
        },
      });
      await expect(create(idle.service, upload(broken))).rejects.toThrow('the connection broke');
      expect([uploadsOf('idle'), partsOf('idle')]).toEqual([[], []]);
      expect((await idle.service.list(alice, { limit: 9 })).jobs).toEqual([]);
    });

    it('are erased with their job', async () => {
      const { id } = await create(idle.service, upload(whole()));
      expect(uploadsOf('idle')).toEqual([`${id}.tif`]);
      await idle.service.remove(id, alice);
      expect(uploadsOf('idle')).toEqual([]);
      await expect(idle.service.get(id, alice)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('an idempotency key', () => {
    it('makes one job of the same request, and a conflict of another', async () => {
      const first = await create(idle.service, ofPath(), alice, 'k');
      expect((await create(idle.service, ofPath(), alice, 'k')).id).toBe(first.id);
      const conflict = { code: 'IDEMPOTENCY_CONFLICT' };
      await expect(
        create(idle.service, ofPath({ threshold: 0.7 }), alice, 'k'),
      ).rejects.toMatchObject(conflict);
      await expect(create(idle.service, upload(whole()), alice, 'k')).rejects.toMatchObject(
        conflict,
      );
      expect((await create(idle.service, ofPath(), bob, 'k')).id).not.toBe(first.id);
      expect(uploadsOf('idle')).toEqual([]);
      await emptied();
    });

    it('keeps one upload of several, also at the limit of jobs', async () => {
      for (let i = 0; i < 2; i++) await create(idle.service, ofPath());
      const jobs = [];
      for (let i = 0; i < 3; i++)
        jobs.push(await create(idle.service, upload(whole()), alice, 'u'));
      expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
      expect(uploadsOf('idle')).toHaveLength(1);
      await emptied();
    });
  });

  it('lets a key have so many open jobs, and no more', async () => {
    for (let i = 0; i < 3; i++) await create(idle.service, ofPath());
    await expect(create(idle.service, ofPath())).rejects.toMatchObject({ code: 'TOO_MANY_JOBS' });
    const { id } = await create(idle.service, ofPath(), bob);
    await idle.service.cancel(id, bob);
    const [first] = (await idle.service.list(alice, { limit: 1 })).jobs;
    await idle.service.cancel(first!.id, alice);
    await create(idle.service, ofPath());
    await emptied();
  });

  it('shows jobs to their owner and to administrators only', async () => {
    const { id } = await create(idle.service, ofPath());
    const missing = { code: 'NOT_FOUND' };
    const { service } = idle;
    await expect(service.get(id, bob)).rejects.toMatchObject(missing);
    await expect(service.cancel(id, bob)).rejects.toMatchObject(missing);
    await expect(service.resume(id, { caller: bob })).rejects.toMatchObject(missing);
    await expect(service.remove(id, bob)).rejects.toMatchObject(missing);
    await expect(service.focus(id, bob, [0, 0, 1, 1])).rejects.toMatchObject(missing);
    await expect(service.export(id, bob, 'a', undefined)).rejects.toMatchObject(missing);
    await expect(service.detections(id, bob, { format: 'csv' })).rejects.toMatchObject(missing);
    await expect(
      service.events(id, bob, 0, patience())[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject(missing);
    expect((await service.list(bob, { limit: 9 })).jobs).toEqual([]);
    expect((await service.list(admin, { limit: 9 })).jobs).toMatchObject([{ id }]);
    expect(await service.get(id, admin)).toMatchObject({ id });
    await expect(service.list(alice, { limit: 1, cursor: "' OR 1" })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    });
    await emptied();
  });

  it('cancels what has not ended, and resumes what did not end well', async () => {
    const { service, store } = idle;
    const { id } = await create(service, ofPath());
    await expect(service.resume(id, { caller: alice })).rejects.toMatchObject({
      code: 'JOB_STATE_CONFLICT',
    });
    expect(await service.cancel(id, alice)).toMatchObject({ status: 'canceled', attempt: 1 });
    expect(await store.openTasks(id)).toEqual([]);
    expect(await service.cancel(id, alice)).toMatchObject({ status: 'canceled' });
    expect(await service.resume(id, { caller: alice })).toMatchObject({
      status: 'queued',
      attempt: 2,
    });
    expect(await store.openTasks(id)).toMatchObject([{ kind: 'plan', attempt: 2 }]);
    const statuses = (await store.events(id, 0, 9)).map(
      ({ data }) => (data as { status: string }).status,
    );
    expect(statuses).toEqual(['canceled', 'queued']);
    await emptied();
  });

  it('runs a job that was canceled on from where it was', async () => {
    const { service } = busy;
    const { id } = await create(service, ofPath());
    const events = service.events(id, alice, 0, patience());
    for await (const { type } of events) if (type === 'chunk') break;
    await service.cancel(id, alice).catch(() => {});
    const { status } = await service.get(id, alice);
    if (status === 'canceled') await service.resume(id, { caller: alice });
    const job = await ended(id);
    const fresh = await ended((await create(service, ofPath())).id);
    expect(job.exports).toEqual(fresh.exports);
    await expect(service.cancel(id, alice)).rejects.toMatchObject({ code: 'JOB_STATE_CONFLICT' });
    await expect(service.resume(id, { caller: alice })).rejects.toMatchObject({
      code: 'JOB_STATE_CONFLICT',
    });
    for (const one of [job, fresh]) await service.remove(one.id, alice);
  });

  it('tells the events of a job once each and ends with it', async () => {
    const { service } = busy;
    const { id } = await create(service, ofPath());
    const ids: number[] = [];
    let last: unknown;
    for await (const event of service.events(id, alice, 0, patience())) {
      ids.push(event.id);
      last = event.data;
    }
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    expect(last).toMatchObject({ status: 'completed' });
    const rest: number[] = [];
    for await (const event of service.events(id, alice, ids.length - 2, patience())) {
      rest.push(event.id);
    }
    expect(rest).toEqual(ids.slice(-2));
    await service.remove(id, alice);
  });

  it('gives exports whole and in parts, and what is found in a box', async () => {
    const { service } = busy;
    const { id } = await create(service, ofPath({ exports: ['csv'] }));
    const job = await ended(id);
    const [file] = job.exports;
    const textOf = async (range?: { start: number; end: number }) =>
      new Response((await service.export(id, alice, file!.name, range)).body).text();
    const text = await textOf();
    expect(text.length).toBe(file!.bytes);
    expect(await textOf({ start: 5, end: 15 })).toBe(text.slice(5, 15));
    await expect(service.export(id, alice, '../../x', undefined)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const found = await service.detections(id, alice, { format: 'csv', bbox: [0, 0, 100, 100] });
    let part = '';
    for await (const one of found.parts) part += one;
    expect(found.isPartial).toBe(false);
    expect(part.length).toBeGreaterThan(20);
    expect(part.length).toBeLessThan(text.length);
    await service.remove(id, alice);
    expect(existsSync(join(root, 'busy', 'blobs', 'jobs', id))).toBe(false);
  });

  it('has nothing to show of a job without a plan', async () => {
    const { id } = await create(idle.service, ofPath());
    const asking = () => idle.service.detections(id, alice, { format: 'csv' });
    await expect(asking()).rejects.toMatchObject({ code: 'NOT_READY' });
    await idle.service.cancel(id, alice);
    await expect(asking()).rejects.toMatchObject({ code: 'JOB_STATE_CONFLICT' });
    await emptied();
  });

  it('estimates without keeping anything', async () => {
    for (const url of [`${server.url}/ranges.tif`, `${server.url}/whole.tif`]) {
      const estimate = await busy.service.estimate(request({ type: 'url', url }), {
        caller: alice,
      });
      expect(estimate).toMatchObject({
        image: { width: 900, height: 700, mpp: 0.5 },
        tissueFraction: 1,
        areaMm2: expect.closeTo(0.1575, 4),
      });
      expect(estimate.windows).toBeGreaterThan(200);
      expect(estimate.seconds).toBeGreaterThan(0);
    }
    expect((await busy.service.list(admin, { limit: 9 })).jobs).toEqual([]);
    expect(existsSync(join(root, 'busy', 'blobs', 'jobs'))).toBe(false);
  });

  it('takes no webhook that it could not sign', async () => {
    const webhook = { url: 'https://example.org/hook', events: ['job.completed' as const] };
    await expect(create(idle.service, ofPath({ webhook }))).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining('WEBHOOK_SECRET'),
    });
  });
});
