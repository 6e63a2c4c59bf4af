/**
 * Everything that a process has to do with jobs, put together.
 *
 * @module
 */
import { join } from 'node:path';
import type { JobService } from '../../shared/api/jobs/job-service.ts';
import type { StoreService } from '../../shared/api/jobs/store-service.ts';
import type { ViewerService } from '../../shared/api/viewer/viewer-service.ts';
import type { PacsCredentials } from '../../shared/dicomweb/credentials.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { openFsBlobStore } from '../blobs/fs-blob-store.ts';
import { openS3BlobStore } from '../blobs/s3-blob-store.ts';
import type { S3Location } from '../blobs/s3-client.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { eraseBlobs } from '../jobs/job-blobs.ts';
import { createJobService } from '../jobs/job-service.ts';
import type { JobStore, Lease } from '../jobs/job-store.ts';
import { Sweeper } from '../jobs/node/sweeper.ts';
import { WorkerLoop, type WorkerStats } from '../jobs/node/worker-loop.ts';
import { Repairs } from '../jobs/repairs.ts';
import { JobRunner, type RunStage } from '../jobs/runner/job-runner.ts';
import { JobSources } from '../jobs/source/job-source.ts';
import { Outbounds, type TrustedAddresses } from '../jobs/source/outbounds.ts';
import { openBullmqStore } from '../jobs/store/bullmq-store.ts';
import { openSqliteStore } from '../jobs/store/sqlite-store.ts';
import { ResultStore } from '../jobs/store-service.ts';
import { WebhookSender } from '../jobs/webhook/webhook-sender.ts';
import { createViewerService } from '../viewer/viewer-service.ts';

export interface JobsOptions {
  readonly host: EngineHost;
  /** The precision that the host runs. */
  readonly precision: string;
  /** For the SQLite file and blobs, or for copies of what lies in the object store. */
  readonly dataFolder: string;
  /** With it jobs are shared with all services on the same Redis. */
  readonly redisUrl?: string | undefined;
  /** With it blobs lie in an object store. */
  readonly s3?: S3Location | undefined;
  /** Names this process in the store. */
  readonly node: string;
  /** Whether this process runs tasks, or only serves the interface. */
  readonly works: boolean;
  readonly tasksAtOnce: number;
  /** Side of a chunk's core in pixels of the level, about; 4096 when left out. */
  readonly chunkPx?: number | undefined;
  readonly leaseMs: number;
  readonly slideFolders: readonly string[];
  readonly maxDownloadBytes: number;
  readonly maxOpenJobs: number;
  readonly retentionDays: number;
  readonly webhookSecret?: string | undefined;
  /** Those that the service holds for PACS; none when left out. */
  readonly credentials?: PacsCredentials | undefined;
  readonly trusted: TrustedAddresses;
  /** Times what the tasks do. */
  readonly stage?: RunStage | undefined;
  /** Hears of what went wrong and will be tried again. */
  readonly onError: (error: unknown, about: Partial<Lease>) => void;
}

export interface Jobs {
  readonly service: JobService;
  readonly viewer: ViewerService;
  readonly stores: StoreService;
  readonly store: JobStore;
  readonly blobs: BlobStore;
  /** Of this process; undefined where it runs no tasks. */
  stats(): WorkerStats | undefined;
  /** Gives back what runs and closes everything but the engine. */
  close(): Promise<void>;
}

/**
 * Opens the stores and begins to work.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID`, `OUTPUT_UNWRITABLE`, `STORE_UNAVAILABLE`.
 */
export async function openJobs(options: JobsOptions): Promise<Jobs> {
  const { host, precision, slideFolders, onError } = options;
  const credentials = options.credentials ?? (() => undefined);
  const blobs = await openBlobs(options);
  const store = openStore(options);
  const outbound = new Outbounds(options.trusted);
  const sources = new JobSources({
    blobs,
    outbound,
    credentials,
    worksAlone: options.works && options.redisUrl === undefined,
    slideFolders,
    maxBytes: options.maxDownloadBytes,
  });
  const runner = new JobRunner({
    host,
    precision,
    blobs,
    chunkPx: options.chunkPx,
    openSource: ({ job, source, options }, signal) =>
      sources.open(job.id, source, options.series, signal),
    storeResult: (...asked) => stores.storeAtEnd(...asked),
    stage: options.stage,
  });
  const { forwarded } = sources;
  const repairs = new Repairs({
    store,
    onDamage: (damage, jobId) => onError(damage, { jobId, kind: 'repair' }),
  });
  const stores = new ResultStore({
    store,
    outbound: outbound.pacs,
    runner,
    repairs,
    credentials,
    forwarded,
  });
  const { loop, sweeper } = startWork(options, { store, blobs, outbound, runner, sources });
  return {
    service: createJobService({
      store,
      blobs,
      sources,
      outbound,
      runner,
      repairs,
      host,
      precision,
      chunkPx: options.chunkPx,
      slideFolders,
      maxOpenJobs: options.maxOpenJobs,
      hasWebhooks: options.webhookSecret !== undefined,
    }),
    viewer: createViewerService({ store, blobs, runner, repairs }),
    stores,
    store,
    blobs,
    stats: () => loop?.stats(),
    async close() {
      await Promise.all([loop?.stop(), sweeper.stop()]);
      for (const part of [runner, outbound, store, blobs]) {
        await part.close().catch((error) => onError(error, {}));
      }
    },
  };
}

function startWork(
  options: JobsOptions,
  parts: {
    store: JobStore;
    blobs: BlobStore;
    outbound: Outbounds;
    runner: JobRunner;
    sources: JobSources;
  },
) {
  const { node, webhookSecret, onError } = options;
  const { store, blobs, outbound, runner, sources } = parts;
  const sweeper = new Sweeper({
    store,
    blobs,
    runner,
    retentionDays: options.retentionDays,
    onError: (error) => onError(error, {}),
  });
  sweeper.start();
  if (!options.works) return { loop: undefined, sweeper };
  const loop = new WorkerLoop({
    store,
    runner,
    node,
    concurrency: options.tasksAtOnce,
    leaseMs: options.leaseMs,
    webhooks:
      webhookSecret === undefined
        ? undefined
        : new WebhookSender({
            secret: webhookSecret,
            outbound: outbound.webhooks,
            onFailure: (jobId, error) => onError(error, { jobId, kind: 'webhook' }),
          }),
    erase: (jobId) => eraseBlobs(blobs, jobId),
    onEnd: (jobId) => sources.forwarded.forget(jobId),
    onError,
  });
  loop.start();
  return { loop, sweeper };
}

function openStore({ redisUrl, dataFolder, leaseMs, onError }: JobsOptions): JobStore {
  if (redisUrl === undefined) return openSqliteStore(join(dataFolder, 'jobs.sqlite'));
  return openBullmqStore({
    url: redisUrl,
    sweepMs: leaseMs / 4,
    onError: (error) => onError(error, {}),
  });
}

function openBlobs({ s3, dataFolder }: JobsOptions): Promise<BlobStore> {
  return s3 === undefined
    ? openFsBlobStore(join(dataFolder, 'blobs'))
    : openS3BlobStore({ ...s3, cacheFolder: join(dataFolder, 'cache') });
}
