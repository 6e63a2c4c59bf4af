/**
 * Jobs in memory, for tests of the routes alone: it runs nothing and remembers what it was asked.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Job, JobEvent } from '../../shared/api/jobs/job-schemas.ts';
import type { JobService } from '../../shared/api/jobs/job-service.ts';
import { UniCellError } from '../../shared/errors.ts';
import { jobSummary } from './job-summary.ts';

export const exportedText = 'x,y,class,score\n1,2,epithelial,0.9\n';
const sha256 = createHash('sha256').update(exportedText).digest('hex');

/** A job that has ended, with one file. */
const endedJob: Job = {
  id: 'ended',
  status: 'completed',
  name: 'a.svs',
  source: { type: 'upload', label: 'a.svs' },
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  attempt: 1,
  priority: 5,
  image: null,
  model: null,
  planHash: null,
  progress: {
    chunksTotal: 4,
    chunksDone: 4,
    windowsTotal: 9,
    windowsDone: 9,
    nuclei: 1,
    etaSeconds: null,
  },
  results: [],
  exports: [
    {
      name: 'a "1".consep.csv',
      format: 'csv',
      dataset: 'consep',
      mediaType: 'text/csv',
      bytes: exportedText.length,
      sha256,
    },
  ],
  warnings: [],
  errors: [],
};

const runningJob: Job = {
  ...endedJob,
  id: 'running',
  status: 'running',
  exports: [],
  progress: { ...endedJob.progress, etaSeconds: 42 },
};

export interface JobServiceFake extends JobService {
  /** What it was asked, method by method. */
  readonly asked: unknown[][];
}

export function jobServiceFake(events: readonly JobEvent[] = []): JobServiceFake {
  const asked: unknown[][] = [];
  const find = (id: string): Job => {
    const job = [endedJob, runningJob].find((one) => one.id === id);
    if (job) return job;
    throw new UniCellError('NOT_FOUND', `There is no job ${id}.`);
  };
  const note =
    <A extends unknown[], T>(name: string, answer: (...args: A) => T) =>
    async (...args: A): Promise<Awaited<T>> => {
      asked.push([name, ...args]);
      return await answer(...args);
    };
  return {
    asked,
    create: note('create', async (request) => {
      if ('upload' in request) asked.push(['body', await new Response(request.upload.body).text()]);
      return runningJob;
    }),
    estimate: note('estimate', () => {
      throw new UniCellError('SOURCE_NOT_FOUND', 'There is no such slide.');
    }),
    list: note('list', () => ({ jobs: [endedJob], cursor: 'next' })),
    get: note('get', find),
    wait: note('wait', find),
    async *events(_id, _caller, afterId) {
      yield* events.filter(({ id }) => id > afterId);
    },
    detections: note('detections', (id) => ({
      parts: (async function* () {
        yield new TextEncoder().encode('x,y\n');
        yield new TextEncoder().encode('1,2\n');
      })(),
      mediaType: 'text/csv',
      isPartial: find(id).status === 'running',
    })),
    summary: note('summary', (id) => {
      if (find(id).status !== 'running') return jobSummary([30, 60, 10]);
      throw new UniCellError('NOT_READY', `The job ${id} is running.`);
    }),
    export: note('export', (_id, _caller, _name, range) => ({
      body: new Response(exportedText.slice(range?.start, range?.end)).body!,
      bytes: exportedText.length,
      mediaType: 'text/csv',
      sha256,
    })),
    cancel: note('cancel', find),
    resume: note('resume', find),
    remove: note('remove', (id) => void find(id)),
    focus: note('focus', find),
  };
}
