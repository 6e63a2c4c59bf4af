/**
 * What this tier brings to the routes that both share.
 *
 * @module
 */

import type { ApiAdapters, ApiLimits, Pacs, Readiness } from '../../shared/api/adapters.ts';
import type { Access } from '../../shared/api/http/access.ts';
import { RateWindow } from '../../shared/api/http/rate-limit.ts';
import type { JobService } from '../../shared/api/jobs/job-service.ts';
import type { StoreService } from '../../shared/api/jobs/store-service.ts';
import type { ViewerService } from '../../shared/api/viewer/viewer-service.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import { HeldBodies } from '../admission/held-bodies.ts';
import { CallerPlaces, type Places } from '../admission/places.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import type { Outbound } from '../jobs/source/outbound.ts';
import { scoreBeside } from '../scoring/score-beside.ts';
import { decodeFrame } from '../slides/dicomweb/decode-frame.ts';
import { decodeImage } from './decode-image.ts';
import type { Log } from './log.ts';
import { noteCaller } from './observe.ts';
import type { ServiceSettings } from './settings.ts';
import type { Stages } from './stages.ts';
import { readStreamedForm } from './streamed-form.ts';

/** About ten seconds of a thread: 1,000 points against 1,000 far away, or any that lie on each other. */
const SCORE_WORK = 1e9;

export interface AdapterParts {
  readonly settings: ServiceSettings;
  readonly version: string;
  readonly access: Access;
  readonly host: EngineHost;
  readonly jobs: JobService | undefined;
  readonly viewer: ViewerService | undefined;
  readonly stores: StoreService | undefined;
  readonly pages: ApiAdapters['pages'];
  readonly places: Places;
  readonly stages: Stages;
  /** Fetches images by URL. */
  readonly outbound: Outbound;
  readonly pacs: Pick<Pacs, 'network' | 'credentials'>;
  /** For images while they are read. */
  readonly temporary: string;
  readonly log: Log;
  readonly readiness: () => Promise<Readiness>;
  readonly stopping: AbortSignal;
}

export function apiAdapters(parts: AdapterParts): ApiAdapters {
  const { settings, access, host, jobs, places, stages, outbound, temporary, log } = parts;
  const limits: ApiLimits = {
    bodyBytes: settings.MAX_BODY_BYTES,
    uploadBytes: settings.MAX_UPLOAD_BYTES,
    bodyTimeoutMs: settings.BODY_TIMEOUT_MS,
    pixels: settings.MAX_PIXELS,
    windows: settings.MAX_WINDOWS,
    scoreWork: SCORE_WORK,
  };
  const now = () => performance.now();
  const rate = new RateWindow(
    { limit: settings.RATE_LIMIT, windowS: settings.RATE_LIMIT_WINDOW_S },
    now,
  );
  const bodies = new HeldBodies(settings.MAX_HELD_BYTES);
  const callers = new CallerPlaces(settings.KEY_CONCURRENCY);
  const engine = host.engine('interactive');
  return {
    tier: 'gpu',
    version: parts.version,
    limits,
    model: {
      card: async () => host.card,
      precision: async () => settings.MODEL_PRECISION,
      engine: async () => engine,
    },
    access: () => access,
    rateLimiter: {
      policy: rate.policy,
      async admit(callerId) {
        noteCaller(callerId);
        return rate.count(callerId);
      },
    },
    enter: (bytes) => bodies.enter(bytes),
    occupy: (callerId) => callers.occupy(callerId),
    allowedOrigins: settings.ALLOWED_ORIGINS,
    decode: (image) => stages.run('decode', () => decodeImage(image, temporary, limits)),
    open: (raster) => new RasterSource(raster),
    form: readStreamedForm,
    inTurn: (task) => places.run(task),
    score: (images, classes, options, signal) => scoreBeside({ images, classes, options }, signal),
    send: (url, signal) => outbound.request(url.href, { signal }),
    pacs: { ...parts.pacs, decodeJpeg2000: decodeFrame },
    now,
    deadline: (timeoutMs) => AbortSignal.timeout(timeoutMs),
    jobs,
    viewer: parts.viewer,
    stores: parts.stores,
    readiness: parts.readiness,
    stopsWithClient: true,
    stopping: parts.stopping,
    pages: parts.pages,
    report: (err, requestId) => log.error({ err, requestId }, 'unexpected fault'),
  };
}
