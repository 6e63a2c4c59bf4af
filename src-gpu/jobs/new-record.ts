/**
 * A job as it is before anything was done for it.
 *
 * @module
 */
import { v7 as uuidv7 } from 'uuid';
import type { JobOptions } from '../../shared/api/jobs/job-schemas.ts';
import type { JobRecord, StoredSource } from './job-store.ts';

export interface NewJob {
  readonly callerId: string;
  readonly options: JobOptions;
  readonly source: StoredSource;
  /** What the source is called in answers; it must not give away more than the caller knows. */
  readonly label: string;
  readonly idempotency: JobRecord['idempotency'];
}

/** Makes the record; its id is new. */
export function newRecord({ callerId, options, source, label, idempotency }: NewJob): JobRecord {
  return {
    job: {
      id: uuidv7(),
      status: 'queued',
      name: options.name ?? label,
      source: { type: source.type, label },
      createdAt: new Date().toISOString(),
      startedAt: null,
      finishedAt: null,
      attempt: 1,
      priority: options.priority,
      image: null,
      model: null,
      planHash: null,
      progress: {
        chunksTotal: null,
        chunksDone: 0,
        windowsTotal: null,
        windowsDone: 0,
        nuclei: 0,
        etaSeconds: null,
      },
      results: [],
      exports: [],
      warnings: [],
      errors: [],
    },
    callerId,
    options,
    source,
    idempotency,
    plan: null,
  };
}
