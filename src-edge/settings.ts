/**
 * The Worker's bindings and variables. docs/edge.md describes each.
 *
 * @module
 */

import { MIN_SECRET } from '../shared/api/http/passed-caller.ts';
import type { RatePolicy } from '../shared/api/http/rate-limit.ts';
import { UniCellError } from '../shared/errors.ts';

export interface EdgeBindings {
  /** Static assets; they hold the model unless `MODELS` does. */
  readonly ASSETS: Fetcher;
  /** R2 bucket with models, instead of the assets. */
  readonly MODELS?: Bucket;
  readonly RATE_LIMITER?: RateLimit;
  /** `local` for development: no keys are needed. */
  readonly UNICELL_ENV?: string;
  readonly MODEL?: string;
  readonly MODEL_PRECISION?: string;
  /** Secret: JSON list of hashed keys. */
  readonly API_KEYS?: string;
  /** Secret: credentials for PACS by root, JSON. */
  readonly DICOMWEB_CREDENTIALS?: string;
  /** Origins, separated by commas, or `*`. */
  readonly ALLOWED_ORIGINS?: string;
  readonly GPU_SERVICE_URL?: string;
  /** Secret. */
  readonly GPU_SERVICE_KEY?: string;
  /** Secret that the GPU service has too: it signs who calls. */
  readonly CALLER_SECRET?: string;
  readonly GPU_TIMEOUT_MS?: string;
  readonly GPU_STREAM_TIMEOUT_MS?: string;
  readonly MAX_BODY_BYTES?: string;
  readonly MAX_PIXELS?: string;
  readonly MAX_WINDOWS?: string;
  readonly PREFERRED_WINDOWS?: string;
  readonly BODY_TIMEOUT_MS?: string;
  readonly QUEUE_PLACES?: string;
  readonly QUEUE_WAIT_MS?: string;
  readonly MAX_UPLOADS?: string;
  readonly RATE_LIMIT?: string;
  readonly RATE_LIMIT_WINDOW_S?: string;
  /** `on` keeps answers in the Cache API. */
  readonly CACHE?: string;
}

/** Checked settings. */
export interface EdgeSettings {
  readonly isLocal: boolean;
  readonly model: string;
  readonly precision: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly gpuUrl: string | undefined;
  readonly callerSecret: string | undefined;
  readonly gpuTimeoutMs: number;
  readonly gpuStreamTimeoutMs: number;
  readonly bodyBytes: number;
  readonly pixels: number;
  readonly windows: number;
  readonly preferredWindows: number;
  readonly bodyTimeoutMs: number;
  readonly queuePlaces: number;
  readonly queueWaitMs: number;
  readonly uploads: number;
  /** What the rate limit binding is set to. */
  readonly ratePolicy: RatePolicy;
  readonly isCaching: boolean;
}

/** @throws {UniCellError} `CONFIGURATION_INVALID`, naming the variable. */
export function readSettings(env: EdgeBindings): EdgeSettings {
  const gpuUrl = env.GPU_SERVICE_URL?.trim() || undefined;
  if (gpuUrl !== undefined && !/^https?:$/.test(URL.parse(gpuUrl)?.protocol ?? '')) {
    throw invalid('GPU_SERVICE_URL', 'must be an http or https URL');
  }
  const callerSecret = env.CALLER_SECRET?.trim() || undefined;
  if (callerSecret !== undefined && callerSecret.length < MIN_SECRET) {
    throw invalid('CALLER_SECRET', `must have at least ${MIN_SECRET} characters`);
  }
  return {
    isLocal: env.UNICELL_ENV === 'local',
    model: env.MODEL?.trim() || 'compact',
    precision: env.MODEL_PRECISION?.trim() || undefined,
    allowedOrigins: (env.ALLOWED_ORIGINS ?? '')
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
    gpuUrl,
    callerSecret,
    gpuTimeoutMs: whole(env, 'GPU_TIMEOUT_MS', 60_000),
    gpuStreamTimeoutMs: whole(env, 'GPU_STREAM_TIMEOUT_MS', 900_000),
    bodyBytes: whole(env, 'MAX_BODY_BYTES', 8 * 2 ** 20),
    pixels: whole(env, 'MAX_PIXELS', 1536 * 1536),
    windows: whole(env, 'MAX_WINDOWS', 25),
    preferredWindows: whole(env, 'PREFERRED_WINDOWS', 9),
    bodyTimeoutMs: whole(env, 'BODY_TIMEOUT_MS', 30_000),
    queuePlaces: whole(env, 'QUEUE_PLACES', 4),
    queueWaitMs: whole(env, 'QUEUE_WAIT_MS', 10_000),
    uploads: whole(env, 'MAX_UPLOADS', 16),
    ratePolicy: {
      limit: whole(env, 'RATE_LIMIT', 600),
      windowS: whole(env, 'RATE_LIMIT_WINDOW_S', 60),
    },
    isCaching: env.CACHE === 'on',
  };
}

function whole(
  env: EdgeBindings,
  name: Exclude<keyof EdgeBindings, 'ASSETS' | 'MODELS' | 'RATE_LIMITER'>,
  fallback: number,
): number {
  const text = env[name]?.trim();
  if (!text) return fallback;
  if (!/^\d{1,12}$/.test(text) || Number(text) < 1)
    throw invalid(name, 'must be a whole number of at least 1');
  return Number(text);
}

function invalid(name: string, what: string): UniCellError {
  return new UniCellError('CONFIGURATION_INVALID', `The variable ${name} ${what}.`);
}
