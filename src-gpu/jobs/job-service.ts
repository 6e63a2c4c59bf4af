/**
 * Jobs as the HTTP interface offers them, on whatever stores the service has.
 *
 * @module
 */
import type { Caller } from '../../shared/api/http/caller.ts';
import { findExport, hasEnded } from '../../shared/api/jobs/job-answers.ts';
import { checkJobOptions } from '../../shared/api/jobs/job-request.ts';
import type {
  Job,
  JobChanges,
  JobEvent,
  JobOptions,
  JobRequest,
} from '../../shared/api/jobs/job-schemas.ts';
import type { JobContext, JobService } from '../../shared/api/jobs/job-service.ts';
import { checkRoot } from '../../shared/dicomweb/dicomweb-url.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { readDetections } from '../chunks/read-detections.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { estimateJob } from './estimate.ts';
import { verified } from './export-files.ts';
import { findJob, folderOf, jobNotFound, plannedFolder, seesAll } from './find-job.ts';
import { eraseBlobs } from './job-blobs.ts';
import { canceled, resumed, statusEvent } from './job-changes.ts';
import { exportKey } from './job-keys.ts';
import { openChunksUnder } from './job-state.ts';
import type { JobRecord, JobStore } from './job-store.ts';
import { summaryOf } from './job-summary.ts';
import { checkSameRequest, makeRecord, type NewJobRequest, resolveSource } from './new-job.ts';
import { beingRepaired, type Repairs } from './repairs.ts';
import type { JobRunner } from './runner/job-runner.ts';
import type { JobSources } from './source/job-source.ts';
import type { Outbounds } from './source/outbounds.ts';
import { webhookTasks } from './webhook/webhook-events.ts';

/** Longest wait for a change without asking the store. */
const LOOK_MS = 10_000;
const EVENTS_AT_ONCE = 200;

export interface JobServiceParts {
  readonly store: JobStore;
  readonly blobs: BlobStore;
  readonly sources: JobSources;
  readonly outbound: Outbounds;
  /** Reads what chunks have found. */
  readonly runner: Pick<JobRunner, 'folder' | 'slides'>;
  readonly repairs: Repairs;
  readonly host: Pick<EngineHost, 'card' | 'stats'>;
  readonly precision: string;
  /** As the runner's. */
  readonly chunkPx?: number | undefined;
  /** Folders whose slides may be named by path. */
  readonly slideFolders: readonly string[];
  /** Jobs of one key that have not ended. */
  readonly maxOpenJobs: number;
  /** Whether webhooks can be signed and sent. */
  readonly hasWebhooks: boolean;
}

/** Makes the service; it begins nothing by itself. */
export function createJobService(parts: JobServiceParts): JobService {
  return new StoredJobs(parts);
}

class StoredJobs implements JobService {
  readonly #parts: JobServiceParts;
  readonly #store: JobStore;

  constructor(parts: JobServiceParts) {
    this.#parts = parts;
    this.#store = parts.store;
  }

  async create(
    request: NewJobRequest,
    { caller, idempotencyKey: key, authorization }: JobContext,
  ): Promise<Job> {
    const options = 'upload' in request ? request.options : request;
    this.#checkWebhook(options);
    if (options.store) this.#parts.outbound.pacs.check(checkRoot(options.store.dicomweb));
    const isRepeated = key !== undefined && (await this.#store.findByKey(caller.id, key));
    if (!isRepeated) await this.#checkQuota(caller);
    const record = await makeRecord(request, caller.id, key, this.#parts);
    const { forwarded } = this.#parts.sources;
    forwarded.lend(record.job.id, record.source, authorization);
    try {
      const kept = await this.#store.create(record);
      if (kept.job.id === record.job.id) return kept.job;
      checkSameRequest(kept, record);
      forwarded.forget(record.job.id);
      if (!hasEnded(kept.job)) forwarded.lend(kept.job.id, kept.source, authorization);
      await eraseBlobs(this.#parts.blobs, record.job.id);
      return kept.job;
    } catch (error) {
      // A store that was away may hold the job all the same, and then needs its slide; if not, the sweeper
      // erases it.
      const isUnsure = error instanceof UniCellError && error.code === 'STORE_UNAVAILABLE';
      if (!isUnsure) {
        forwarded.forget(record.job.id);
        await eraseBlobs(this.#parts.blobs, record.job.id);
      }
      throw error;
    }
  }

  async estimate(request: JobRequest, { authorization }: Pick<JobContext, 'authorization'>) {
    const { source } = await resolveSource(request.source, this.#parts);
    return estimateJob(request, source, { ...this.#parts, authorization });
  }

  async list(caller: Caller, query: Parameters<JobService['list']>[1]) {
    if (query.cursor !== undefined && !/^[0-9a-f-]{36}$/.test(query.cursor)) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        'The cursor is none of this list; pass the one that came with the page before.',
      );
    }
    const callerId = seesAll(caller) ? undefined : caller.id;
    const { records, cursor } = await this.#store.list({ ...query, callerId });
    return { jobs: records.map(({ job }) => job), cursor };
  }

  async get(id: string, caller: Caller): Promise<Job> {
    return (await this.#find(id, caller)).job;
  }

  async wait(id: string, caller: Caller, timeoutMs: number, signal: AbortSignal): Promise<Job> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const { job } = await this.#find(id, caller);
      const leftMs = end - Date.now();
      if (hasEnded(job) || leftMs <= 0 || signal.aborted) return job;
      await this.#store.waitForChange(id, Math.min(leftMs, LOOK_MS), signal);
    }
  }

  async *events(
    id: string,
    caller: Caller,
    afterId: number,
    signal: AbortSignal,
  ): AsyncGenerator<JobEvent> {
    let last = afterId;
    let { job } = await this.#find(id, caller);
    while (!signal.aborted) {
      const events = await this.#store.events(id, last, EVENTS_AT_ONCE);
      yield* events;
      last = events.at(-1)?.id ?? last;
      if (events.length > 0) continue;
      if (hasEnded(job)) return;
      await this.#store.waitForChange(id, LOOK_MS, signal);
      // Before the events are asked for again: those of its end are then among them.
      const record = await this.#store.get(id);
      if (record === undefined) return;
      job = record.job;
    }
  }

  async detections(id: string, caller: Caller, query: Parameters<JobService['detections']>[2]) {
    const record = await this.#find(id, caller);
    const { runner, repairs } = this.#parts;
    const folder = await plannedFolder(runner, record, repairs);
    const { name, createdAt: madeAt } = record.job;
    const onMissing = (missing: readonly number[]) => repairs.chunks(record, folder, missing);
    return readDetections(folder, { ...query, name, madeAt, onMissing });
  }

  async summary(id: string, caller: Caller) {
    const record = await this.#find(id, caller);
    const folder = await folderOf(this.#parts.runner, record, this.#parts.repairs);
    return summaryOf(record.job, folder?.layout.plan);
  }

  async export(
    id: string,
    caller: Caller,
    name: string,
    range: { readonly start: number; readonly end: number } | undefined,
  ) {
    const record = await this.#find(id, caller);
    const file = findExport(record.job, name);
    if (file === undefined) throw noSuchFile(id, name);
    const { blobs, repairs } = this.#parts;
    const key = exportKey(id, file);
    const isThere = (await blobs.size(key)) === file.bytes;
    const stored = isThere ? await blobs.get(key, range) : undefined;
    if (stored === undefined) {
      throw (await repairs.file(record, file.name)) ? beingRepaired(id) : lostFile(id, name);
    }
    const report = () => repairs.file(record, file.name);
    // Of a part nobody can say whether it is right.
    const body = range ? stored : verified(stored, file, report);
    return { body, bytes: file.bytes, mediaType: file.mediaType, sha256: file.sha256 };
  }

  async cancel(id: string, caller: Caller): Promise<Job> {
    await this.#find(id, caller);
    const record = await this.#store.update(id, canceled, statusEvent);
    if (record === undefined) throw jobNotFound(id);
    this.#parts.sources.forwarded.forget(id);
    await this.#store.dropTasks(id);
    await this.#store.enqueue(webhookTasks(record));
    return record.job;
  }

  async resume(
    id: string,
    { caller, authorization }: Pick<JobContext, 'caller' | 'authorization'>,
    changes: JobChanges = {},
  ): Promise<Job> {
    const found = await this.#find(id, caller);
    await this.#checkQuota(caller);
    // The record may be another one by the time it is stored, and is checked then, too.
    const again = (record: JobRecord) => {
      const begun = resumed(record, changes);
      checkJobOptions(begun.options, record.source.type, this.#parts.host.card);
      return begun;
    };
    again(found);
    this.#parts.sources.forwarded.lend(id, found.source, authorization);
    const record = await this.#store.update(id, again, statusEvent);
    if (record === undefined) throw jobNotFound(id);
    const { attempt, priority } = record.job;
    await this.#store.enqueue([{ jobId: id, attempt, kind: 'plan', chunk: 0, priority }]);
    return record.job;
  }

  async remove(id: string, caller: Caller): Promise<void> {
    const { job } = await this.#find(id, caller);
    if (!hasEnded(job)) {
      const giveUp = (record: JobRecord) => (hasEnded(record.job) ? undefined : canceled(record));
      await this.#store.update(id, giveUp, statusEvent);
      await this.#store.dropTasks(id);
    }
    // While the record is there, a failure here can be made good by asking again. A node that still writes
    // for the job erases that itself when it finds the job gone.
    this.#parts.sources.forwarded.forget(id);
    await this.#parts.runner.slides.drop(id);
    await eraseBlobs(this.#parts.blobs, id);
    await this.#store.remove(id);
  }

  async focus(
    id: string,
    caller: Caller,
    bbox: readonly [number, number, number, number],
  ): Promise<Job> {
    const record = await this.#find(id, caller);
    if (!hasEnded(record.job)) await this.#store.focus(id, openChunksUnder(record, bbox));
    return record.job;
  }

  #find(id: string, caller: Caller): Promise<JobRecord> {
    return findJob(this.#store, id, caller);
  }

  async #checkQuota(caller: Caller): Promise<void> {
    const { maxOpenJobs } = this.#parts;
    const open = await this.#store.countOpen(caller.id);
    if (open < maxOpenJobs) return;
    throw new UniCellError(
      'TOO_MANY_JOBS',
      `The key ${caller.id} has ${open} jobs that have not ended; ${maxOpenJobs} are allowed. Wait for some to end, or cancel them.`,
    );
  }

  #checkWebhook({ webhook }: JobOptions): void {
    if (webhook === undefined) return;
    if (!this.#parts.hasWebhooks) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        'The option webhook is not offered: the service has no WEBHOOK_SECRET to sign with. Look at the job, or its events.',
      );
    }
    try {
      this.#parts.outbound.webhooks.check(webhook.url);
    } catch (cause) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        'The option webhook.url must be https to a public host on its usual port, without credentials, or a host that the service is set up for (WEBHOOK_HOSTS).',
        { cause },
      );
    }
  }
}

function noSuchFile(id: string, name: string): UniCellError {
  return new UniCellError(
    'NOT_FOUND',
    `The job ${id} has no file ${JSON.stringify(name.slice(0, 200))}.`,
  );
}

function lostFile(id: string, name: string): UniCellError {
  return new UniCellError(
    'NOT_FOUND',
    `The file ${name} of job ${id} was lost in the store and could not be made again; the errors of the job say why. Resume the job when its slide is there.`,
  );
}
