import { expect, it } from 'vitest';
import { jobOptionsSchema } from '../../shared/api/jobs/job-schemas.ts';
import { resumed } from './job-changes.ts';
import type { JobRecord } from './job-store.ts';
import { newRecord } from './new-record.ts';

const options = jobOptionsSchema.parse({ dataset: 'consep', mpp: 5, organ: 'colon' });
const fresh = newRecord({
  callerId: 'alice',
  options,
  source: { type: 'upload', key: 'uploads/1' },
  label: 'a.svs',
  idempotency: null,
});

/** Planned, and half done. */
function ended(status: 'failed' | 'canceled' | 'completed_with_errors' | 'completed'): JobRecord {
  const progress = { ...fresh.job.progress, chunksTotal: 4, chunksDone: 2, nuclei: 9 };
  const warnings = [{ code: 'W', detail: 'Of the old plan.' }];
  return { ...fresh, job: { ...fresh.job, status, planHash: 'old', progress, warnings }, plan: {} };
}

it.each(['failed', 'canceled'] as const)('a job that was %s begins anew', (status) => {
  const { job, plan, ...record } = resumed(ended(status), { mpp: null, dataset: ['ocelot'] });
  expect(plan).toBeNull();
  expect(record.source).toBe(fresh.source);
  const { mpp: _, ...kept } = options;
  expect(record.options).toEqual({ ...kept, dataset: ['ocelot'] });
  expect(job).toEqual({ ...fresh.job, attempt: 2 });
});

it('without changes it keeps what is done', () => {
  const { job, plan } = resumed(ended('canceled'));
  expect(plan).not.toBeNull();
  expect(job).toMatchObject({ status: 'queued', attempt: 2, progress: { chunksDone: 2 } });
});

it('a result is not thrown away for other options', () => {
  expect(resumed(ended('completed_with_errors')).job.status).toBe('queued');
  const conflict = expect.objectContaining({ code: 'JOB_STATE_CONFLICT' });
  for (const status of ['completed', 'completed_with_errors'] as const) {
    expect(() => resumed(ended(status), { mpp: 0.5 })).toThrow(conflict);
  }
});
