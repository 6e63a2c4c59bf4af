/**
 * The settings of the service: environment variables, checked when it starts. docs/gpu.md describes each.
 *
 * @module
 */
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod';
import { MIN_SECRET } from '../../shared/api/http/passed-caller.ts';
import { UniCellError } from '../../shared/errors.ts';

const MIB = 2 ** 20;

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const items = z
  .string()
  .transform((text) => text.split(',').map((item) => item.trim()))
  .transform((list) => list.filter((item) => item !== ''))
  .default([]);
const roots = items.refine(
  (list) => list.every((item) => ['http:', 'https:'].includes(URL.parse(item)?.protocol ?? '')),
  'must be URLs of http or https, by commas',
);
const url = (protocol: RegExp) => z.url({ protocol, error: `must be a URL of ${protocol.source}` });

const environmentSchema = z.object({
  UNICELL_ENV: z.enum(['local']).optional(),
  ROLE: z.enum(['all', 'api', 'worker']).default('all'),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8080),

  MODEL: z.string().default('compact'),
  MODEL_PRECISION: z.string().default('fp32'),
  EXECUTION_PROVIDER: z.enum(['auto', 'cuda', 'cpu']).default('auto'),
  MAX_BATCH: whole(1, 256).optional(),
  BATCH_DELAY_MS: whole(0, 1000).default(2),
  THREADS: whole(1, 256).optional(),
  SESSIONS: whole(1, 64).optional(),

  API_KEYS: z.string().optional(),
  CALLER_SECRET: z
    .string()
    .min(MIN_SECRET, `must have at least ${MIN_SECRET} characters`)
    .optional(),
  ALLOWED_ORIGINS: items,
  RATE_LIMIT: whole(1, 1e9).default(6000),
  RATE_LIMIT_WINDOW_S: whole(1, 86_400).default(60),
  KEY_CONCURRENCY: whole(1, 10_000).default(128),
  CONCURRENCY: whole(1, 1000).default(8),
  QUEUE_PLACES: whole(0, 100_000).default(256),
  QUEUE_WAIT_MS: whole(1, 3_600_000).default(30_000),

  MAX_BODY_BYTES: whole(1, 2 ** 32).default(256 * MIB),
  MAX_HELD_BYTES: whole(1, 2 ** 43).default(1024 * MIB),
  BODY_TIMEOUT_MS: whole(1, 3_600_000).default(60_000),
  MAX_PIXELS: whole(1, 1e10).default(16_384 * 16_384),
  MAX_WINDOWS: whole(1, 1e6).default(4096),
  MAX_UPLOAD_BYTES: whole(1, 2 ** 43).default(64 * 1024 * MIB),

  DATA_FOLDER: z.string().default('data'),
  MIN_FREE_BYTES: whole(0, 2 ** 43).default(1024 * MIB),
  SLIDE_FOLDERS: items,
  TRUSTED_HOSTS: items,
  DICOMWEB_ROOTS: roots,
  WEBHOOK_HOSTS: items,
  DICOMWEB_CREDENTIALS: z.string().optional(),
  MAX_JOBS_PER_KEY: whole(1, 1e7).default(1000),
  JOB_RETENTION_DAYS: whole(1, 36_500).default(30),
  CHUNKS_IN_FLIGHT: whole(1, 64).default(2),
  LEASE_MS: whole(1000, 3_600_000).default(60_000),
  REDIS_URL: url(/^rediss?$/).optional(),
  S3_ENDPOINT: url(/^https?$/).optional(),
  S3_BUCKET: z.string().optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_KEY_PREFIX: z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)*\/$/, 'must end with a slash and not begin with one')
    .optional(),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[\w+/=-]{16,}$/, 'must be whsec_ and base64')
    .optional(),

  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['auto', 'text', 'json']).default('auto'),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: whole(0, 65_535).optional(),
  DRAIN_TIMEOUT_MS: whole(0, 3_600_000).default(30_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(/^https?$/).optional(),
  OTEL_SERVICE_NAME: z.string().default('unicell-gpu'),
});

/** Checked settings, under the names of their variables. */
export type ServiceSettings = z.infer<typeof environmentSchema>;

/** What is never printed. */
const SECRETS: readonly (keyof ServiceSettings)[] = [
  'API_KEYS',
  'CALLER_SECRET',
  'DICOMWEB_CREDENTIALS',
  'S3_SECRET_ACCESS_KEY',
  'WEBHOOK_SECRET',
];

/** All variables that the service reads, for the documentation and its test. */
export const VARIABLES: readonly string[] = Object.keys(environmentSchema.shape);

/**
 * Reads and checks the environment. An empty variable counts as none.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID`, naming the variable.
 */
export function readServiceSettings(
  environment: Readonly<Record<string, string | undefined>>,
): ServiceSettings {
  const given = VARIABLES.map((name) => [name, environment[name]?.trim() || undefined]);
  const parsed = environmentSchema.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw invalid(String(path[0]), message);
  }
  const settings = {
    ...parsed.data,
    DATA_FOLDER: resolve(parsed.data.DATA_FOLDER),
    SLIDE_FOLDERS: parsed.data.SLIDE_FOLDERS.map((folder) => resolve(folder)),
  };
  checkTogether(settings);
  return settings;
}

/** The settings for a log: secrets are only said to be there. */
export function printableSettings(settings: ServiceSettings): Record<string, unknown> {
  const entries = Object.entries(settings).map(([name, value]) => {
    if (value === undefined) return [name, null];
    if ((SECRETS as readonly string[]).includes(name)) return [name, '(set)'];
    return [
      name,
      name.endsWith('_URL') || name.endsWith('_ENDPOINT') ? withoutLogin(value) : value,
    ];
  });
  return Object.fromEntries(entries);
}

function checkTogether(settings: ServiceSettings): void {
  const { UNICELL_ENV, HOST, API_KEYS } = settings;
  if (UNICELL_ENV === 'local' && API_KEYS === undefined && !isLoopback(HOST)) {
    throw invalid('HOST', `is ${HOST}, and without keys only this machine may be served`);
  }
  const s3 = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;
  const missing = s3.filter((name) => settings[name] === undefined);
  if (missing.length > 0 && missing.length < s3.length) {
    throw invalid(missing[0]!, `is missing; an object store needs ${s3.join(', ')}`);
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function withoutLogin(value: unknown): string {
  const parsed = new URL(String(value));
  if (parsed.password !== '') parsed.password = '***';
  return parsed.href;
}

function invalid(name: string, what: string): UniCellError {
  return new UniCellError('CONFIGURATION_INVALID', `The variable ${name} ${what}.`);
}
