import { jobOptionsSchema } from '../../shared/api/jobs/job-schemas.ts';
import type { JobRecord } from '../../src-gpu/jobs/job-store.ts';
import { newRecord } from '../../src-gpu/jobs/new-record.ts';

/** A new job, by a caller of its own. */
export function sampleRecord(
  changes: Partial<Pick<JobRecord, 'callerId' | 'idempotency'>> & { priority?: number } = {},
): JobRecord {
  return newRecord({
    callerId: changes.callerId ?? `caller-${crypto.randomUUID()}`,
    options: jobOptionsSchema.parse({ priority: changes.priority ?? 5 }),
    source: { type: 'url', url: 'https://slides.example.org/a.svs' },
    label: 'a.svs',
    idempotency: changes.idempotency ?? null,
  });
}
