/** The runner behind a worker loop on a real store, against `detect` on the whole image. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JobOptions, jobOptionsSchema } from '../../../shared/api/jobs/job-schemas.ts';
import { detect } from '../../../shared/detect/detect.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { findFormat } from '../../../shared/formats/registry.ts';
import { crowdedImage, unsteadyEngine } from '../../../test/support/crowded-image.ts';
import { rasterSlide } from '../../../test/support/raster-slide.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { testCard } from '../../../test/support/test-card.ts';
import { textOf } from '../../../test/support/text-of.ts';
import { openFsBlobStore } from '../../blobs/fs-blob-store.ts';
import type { Slide } from '../../slides/slide.ts';
import type { JobRecord, JobStore, Task } from '../job-store.ts';
import { newRecord } from '../new-record.ts';
import { WorkerLoop } from '../node/worker-loop.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { JobRunner } from './job-runner.ts';

const card = testCard();
const engine = unsteadyEngine(card);
const picture = crowdedImage(300, 260);
const folder = tempFolder();
let place = 0;
let store: JobStore;
let path: string;
const loops: WorkerLoop[] = [];
const errors: unknown[] = [];

beforeEach(() => {
  path = join(folder, String(place++));
  store = openSqliteStore(`${path}.sqlite`);
});
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.stop();
  await store.close();
  errors.length = 0;
});

const slideOf = (changes: Partial<Slide> = {}) => rasterSlide(picture, 0.5, changes);

async function makeRunner(slide: Slide = slideOf(), model: Engine = engine) {
  const host = { card: model.card, provider: 'oracle', engine: () => model };
  const blobs = await openFsBlobStore(path);
  const openSource = async () => slide;
  return new JobRunner({ host, precision: 'fp32', blobs, openSource, chunkPx: 70 });
}

async function startNode(runner: JobRunner): Promise<void> {
  const loop = new WorkerLoop({
    store,
    runner,
    node: `node-${loops.length}`,
    firstPauseMs: 5,
    erase: async () => {},
    onError: (error) => errors.push(error),
  });
  loops.push(loop);
  loop.start();
}

function create(options: Partial<JobOptions> = {}): Promise<JobRecord> {
  return store.create(
    newRecord({
      callerId: 'somebody',
      options: jobOptionsSchema.parse({
        dataset: 'consep',
        tissue: 'none',
        exports: ['csv'],
        ...options,
      }),
      source: { type: 'path', path: 'a.svs' },
      label: 'a.svs',
      idempotency: null,
    }),
  );
}

async function ended({ job: { id } }: JobRecord): Promise<JobRecord> {
  const isOver = /completed|failed/;
  await expect
    .poll(async () => (await store.get(id))?.job.status, { timeout: 30_000 })
    .toMatch(isOver);
  return (await store.get(id))!;
}

const exported = ({ job }: JobRecord) =>
  readFileSync(join(path, 'jobs', job.id, 'exports', 'consep.csv'), 'utf8');

async function wholeCsv(): Promise<string> {
  const { results } = await detect(slideOf(), { dataset: 'consep' }, engine);
  const { write } = await findFormat('csv').load();
  const { nuclei, dataset } = results[0]!;
  const image = { id: 'a.svs', width: 300, height: 260, mpp: 0.5 };
  return textOf(write({ nuclei, dataset, image, model: card }));
}

describe('a job on nodes', () => {
  it('has the exports of the whole picture, and says what it found', async () => {
    const record = await create();
    await startNode(await makeRunner());
    await startNode(await makeRunner());
    const done = await ended(record);
    const csv = await wholeCsv();
    expect(exported(done)).toBe(csv);
    const total = csv.split('\n').length - 2;
    expect(errors).toEqual([]);
    expect(done.job).toMatchObject({
      status: 'completed',
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
      image: {
        width: 300,
        height: 260,
        mpp: 0.5,
        mppSource: 'header',
        reader: 'test',
        bounds: null,
      },
      model: { id: 'test-model', version: '1.0.0', provider: 'oracle' },
      planHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      results: [{ dataset: 'consep', total }],
      exports: [{ name: 'a.consep.csv', format: 'csv', bytes: csv.length }],
      errors: [],
    });
    const { progress } = done.job;
    expect(progress.chunksDone).toBe(progress.chunksTotal);
    expect(progress.windowsDone).toBe(progress.windowsTotal);
    expect(progress).toMatchObject({ nuclei: total, etaSeconds: 0 });
    const events = await store.events(done.job.id, 0, 10_000);
    const ofType = (type: string) => events.filter((event) => event.type === type);
    expect(ofType('chunk')).toHaveLength(progress.chunksTotal!);
    expect(ofType('status').map(({ data }) => (data as { status: string }).status)).toEqual([
      'planning',
      'running',
      'finalizing',
      'completed',
    ]);
  });

  it('reports what cannot be read as rectangles, and gives the rest', async () => {
    const slide = slideOf({
      async read(region, plane, signal) {
        if (region.y + region.height > 200) {
          throw new UniCellError('IMAGE_UNREADABLE', 'The file ends too early.');
        }
        return slideOf().read(region, plane, signal);
      },
    });
    const record = await create();
    await startNode(await makeRunner(slide));
    const { job } = await ended(record);
    expect(job.status).toBe('completed_with_errors');
    const { chunksDone, chunksTotal } = job.progress;
    expect(job.errors).toHaveLength(chunksTotal! - chunksDone);
    expect(job.warnings).toMatchObject([{ code: 'PARTS_MISSING' }]);
    const { width, height, mpp } = job.image!;
    expect(job.results[0]!.areaMm2).toBeGreaterThan(0);
    expect(job.results[0]!.areaMm2).toBeLessThan((width * height * mpp ** 2) / 1e6);
    for (const error of job.errors) {
      expect(error).toMatchObject({ code: 'IMAGE_UNREADABLE', detail: 'The file ends too early.' });
      expect(error.region!.y + error.region!.height).toBeGreaterThan(200);
    }
    expect(job.results[0]!.total).toBeGreaterThan(100);
  });

  it('fails at once where nothing can be planned', async () => {
    const record = await create();
    await startNode(await makeRunner(rasterSlide(picture)));
    const { job } = await ended(record);
    expect(job).toMatchObject({ status: 'failed', errors: [{ code: 'MPP_UNKNOWN' }] });
    expect(errors).toHaveLength(1);
  });

  it('says no more of a bug than that there is one', async () => {
    const record = await create();
    const slide = slideOf({ fingerprint: () => Promise.reject(new TypeError('secret path')) });
    await startNode(await makeRunner(slide));
    const { job } = await ended(record);
    expect(job).toMatchObject({ status: 'failed', errors: [{ code: 'INTERNAL' }] });
    expect(JSON.stringify(job)).not.toContain('secret');
  });

  it('of some classes says nothing of the others', async () => {
    const record = await create({ classes: ['epithelial'] });
    await startNode(await makeRunner(slideOf()));
    const { job } = await ended(record);
    const [{ hasAllClasses, total, classes }] = job.results as [(typeof job.results)[0]];
    expect(hasAllClasses).toBe(false);
    expect(total).toBeGreaterThan(0);
    expect(classes).toEqual([{ name: 'Epithelial', count: total }]);
  });

  it('without tissue ends with nothing found, and says why', async () => {
    const glass = { width: 300, height: 260, data: new Uint8Array(300 * 260 * 3).fill(250) };
    const record = await create({ tissue: 'auto' });
    await startNode(await makeRunner(rasterSlide(glass, 0.5)));
    const { job } = await ended(record);
    expect(job).toMatchObject({
      status: 'completed',
      progress: { chunksTotal: 0 },
      results: [{ total: 0 }],
      warnings: [{ code: 'NO_TISSUE' }],
    });
  });
});

describe('a job by hand', () => {
  /** Runs what is due, task by task, as a loop would that is killed wherever the test likes. */
  async function step(
    runner: JobRunner,
    record: JobRecord,
    task: Task,
    times = 1,
  ): Promise<JobRecord> {
    const apply = async ({ change, events }: ReturnType<JobRunner['begin']>) => {
      await store.update(record.job.id, change, events);
    };
    await apply(runner.begin(task));
    for (let i = 0; i < times; i++) {
      const before = (await store.get(record.job.id))!;
      await apply(await runner.run(task, before, new AbortController().signal));
    }
    return (await store.get(record.job.id))!;
  }
  async function toFinalize(runner: JobRunner, times = 1): Promise<JobRecord> {
    let record = await create();
    for (let due = runner.due(record); due[0]!.kind !== 'finalize'; due = runner.due(record)) {
      for (const task of due) record = await step(runner, record, task, times);
    }
    return record;
  }

  it('comes out the same when every task runs twice', async () => {
    const runner = await makeRunner();
    const record = await toFinalize(runner, 2);
    const { progress } = record.job;
    expect(progress.chunksDone).toBe(progress.chunksTotal);
    expect(progress.windowsDone).toBe(progress.windowsTotal);
    const [task] = runner.due(record);
    const done = await step(runner, record, task!, 2);
    expect(done.job.status).toBe('completed');
    expect(exported(done)).toBe(await wholeCsv());
    expect(runner.due(done)).toEqual([]);
  });

  it('runs chunks again whose files were damaged or lost before the end', async () => {
    const runner = await makeRunner();
    const record = await toFinalize(runner);
    const chunks = join(path, 'jobs', record.job.id, 'chunks', record.job.planHash!);
    const [first, second] = readdirSync(chunks).map((name) => join(chunks, name));
    const bytes = readFileSync(first!);
    bytes[bytes.length - 1]! ^= 255;
    writeFileSync(first!, bytes);
    rmSync(second!);
    const done = await step(runner, record, runner.due(record)[0]!);
    expect(done.job.status).toBe('completed');
    expect(exported(done)).toBe(await wholeCsv());
  });

  it('in a later attempt takes what the earlier one has done', async () => {
    const runner = await makeRunner();
    let record = await create();
    record = await step(runner, record, runner.due(record)[0]!);
    for (const task of runner.due(record).slice(0, 5)) record = await step(runner, record, task);
    const resumed = await store.update(record.job.id, (one) => ({
      ...one,
      job: { ...one.job, status: 'queued', attempt: 2 },
    }));
    let windows = 0;
    const counting: Engine = {
      ...engine,
      run: (tensor, batch, ...rest) => {
        windows += batch;
        return engine.run(tensor, batch, ...rest);
      },
    };
    const later = await makeRunner(slideOf(), counting);
    record = await step(later, record, later.due(resumed!)[0]!);
    expect(record.job.progress.chunksDone).toBe(5);
    const { windowsDone, windowsTotal } = record.job.progress;
    for (const task of later.due(record)) record = await step(later, record, task);
    expect(windows).toBe(windowsTotal! - windowsDone);
    record = await step(later, record, later.due(record)[0]!);
    expect(exported(record)).toBe(await wholeCsv());
  });

  it('is not changed by tasks of an earlier attempt, nor after its end', async () => {
    const runner = await makeRunner();
    let record = await create();
    record = await step(runner, record, runner.due(record)[0]!);
    const [task] = runner.due(record);
    const outcome = await runner.run(task!, record, new AbortController().signal);
    const job = (changes: Partial<JobRecord['job']>) => ({
      ...record,
      job: { ...record.job, ...changes },
    });
    expect(outcome.change(job({ attempt: 2 }))).toBe(undefined);
    expect(outcome.change(job({ status: 'canceled' }))).toBe(undefined);
    expect(runner.giveUp(task!, new Error('late')).change(job({ status: 'completed' }))).toBe(
      undefined,
    );
    expect(outcome.change(record)!.job.progress.chunksDone).toBe(1);
  });

  it('fails as a whole when a chunk ends its process again and again, and not for another chunk', async () => {
    const runner = await makeRunner();
    let record = await create();
    record = await step(runner, record, runner.due(record)[0]!);
    const [task] = runner.due(record);
    const statusAfter = (code: 'PROCESS_LOST' | 'ENGINE_FAILED') =>
      runner.giveUp(task!, new UniCellError(code, 'Given up.')).change(record)!.job.status;
    expect(statusAfter('PROCESS_LOST')).toBe('failed');
    expect(statusAfter('ENGINE_FAILED')).toBe('running');
  });

  it('opens its slide once for all its chunks, and closes it', async () => {
    let [opened, closed] = [0, 0];
    const host = { card, provider: 'oracle', engine: () => engine };
    const blobs = await openFsBlobStore(path);
    const openSource = async () => {
      opened++;
      return slideOf({ close: async () => void closed++ });
    };
    const runner = new JobRunner({ host, precision: 'fp32', blobs, openSource, chunkPx: 70 });
    await toFinalize(runner);
    expect([opened, closed]).toEqual([1, 0]);
    await runner.close();
    expect([opened, closed]).toEqual([1, 1]);
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
