/**
 * The jobs of this process, by its settings.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { S3Location } from '../blobs/s3-client.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { readPacsCredentials } from '../jobs/source/pacs-credentials.ts';
import type { Log } from './log.ts';
import { type Jobs, openJobs } from './open-jobs.ts';
import type { ServiceSettings } from './settings.ts';
import type { Stages } from './stages.ts';

/** Opens the stores and, unless the role is `api`, begins to work. */
export async function openJobNode(
  settings: ServiceSettings,
  host: EngineHost,
  stages: Stages,
  log: Log,
): Promise<Jobs> {
  return openJobs({
    host,
    precision: settings.MODEL_PRECISION,
    dataFolder: settings.DATA_FOLDER,
    redisUrl: settings.REDIS_URL,
    s3: s3Of(settings),
    node: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
    works: settings.ROLE !== 'api',
    tasksAtOnce: settings.CHUNKS_IN_FLIGHT,
    leaseMs: settings.LEASE_MS,
    slideFolders: settings.SLIDE_FOLDERS,
    maxDownloadBytes: settings.MAX_UPLOAD_BYTES,
    maxOpenJobs: settings.MAX_JOBS_PER_KEY,
    retentionDays: settings.JOB_RETENTION_DAYS,
    webhookSecret: settings.WEBHOOK_SECRET,
    trusted: {
      slides: settings.TRUSTED_HOSTS,
      pacs: settings.DICOMWEB_ROOTS,
      webhooks: settings.WEBHOOK_HOSTS,
    },
    credentials: await readPacsCredentials(settings.DICOMWEB_CREDENTIALS),
    stage: stages.run,
    onError: (err, { jobId, kind, chunk, failures, lost }) =>
      log.warn({ err, jobId, task: kind, chunk, failures, lost }, 'work on jobs failed'),
  });
}

function s3Of(settings: ServiceSettings): S3Location | undefined {
  const { S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = settings;
  if (!(S3_ENDPOINT && S3_BUCKET && S3_ACCESS_KEY_ID && S3_SECRET_ACCESS_KEY)) return undefined;
  return {
    endpoint: S3_ENDPOINT,
    bucket: S3_BUCKET,
    region: settings.S3_REGION,
    accessKeyId: S3_ACCESS_KEY_ID,
    secretAccessKey: S3_SECRET_ACCESS_KEY,
    keyPrefix: settings.S3_KEY_PREFIX,
  };
}
