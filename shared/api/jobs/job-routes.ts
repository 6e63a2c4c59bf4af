/**
 * Slide jobs over HTTP: `/v1/jobs`, what lies below it, and `/v1/estimate`.
 *
 * @module
 */

import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { UniCellError } from '../../errors.ts';
import { bundleOf } from '../../formats/fhir/bundle.ts';
import { FORMATS, findFormat } from '../../formats/registry.ts';
import type { ApiAdapters } from '../adapters.ts';
import { byteStream } from '../http/byte-stream.ts';
import type { Caller } from '../http/caller.ts';
import { serve } from '../http/contract.ts';
import { idempotencyKeyOf } from '../http/idempotency-key.ts';
import { negotiate } from '../http/negotiate.ts';
import { checkOptionsBy, optionsFromTexts } from '../http/options.ts';
import { forwardedAuthorization } from '../sources/forwarded-authorization.ts';
import { eventStream } from './event-stream.ts';
import { acceptedAnswer, exportAnswer, hasEnded, jobAnswer } from './job-answers.ts';
import {
  deleteJob,
  getDetections,
  getEvents,
  getExport,
  getJob,
  getJobs,
  getSummary,
  patchFocus,
  postCancel,
  postEstimate,
  postJob,
  postResume,
  postStore,
} from './job-contract.ts';
import {
  detectionsQuery,
  focusSchema,
  listQuery,
  QUERY_KINDS,
  SUMMARY_TYPES,
  summaryQuery,
  waitQuery,
} from './job-queries.ts';
import { readJobRequest, readJson, readNewJob, readOptionalJson } from './job-request.ts';
import { resumeSchema } from './job-schemas.ts';
import type { JobService } from './job-service.ts';
import { storeRequestSchema } from './store-schemas.ts';
import type { StoreService } from './store-service.ts';

type Env = { Variables: { requestId: string; caller: Caller } };

/** A job of a path, and who asks for it. */
interface Asked {
  readonly id: string;
  readonly caller: Caller;
  /** Aborted when the client goes, or the service stops. */
  readonly signal: AbortSignal;
}

/** The routes of a tier that runs jobs. The caller must have been found before. */
export function jobRoutes(api: ApiAdapters, jobs: JobService): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>();
  serve(app, postJob, (c) => createJob(c, api, jobs));
  serve(app, getJobs, async (c) => {
    const page = await jobs.list(c.get('caller'), checkOptionsBy(listQuery, queryOf(c)));
    return c.json({ jobs: page.jobs, cursor: page.cursor ?? null });
  });
  serve(app, postEstimate, async (c) => {
    const request = await readJobRequest(c.req.raw, api);
    const authorization = forwardedAuthorization(c.req.raw.headers, api.access());
    return c.json(await jobs.estimate(request, { caller: c.get('caller'), authorization }));
  });
  serve(app, getJob, async (c) => {
    const { id, caller, signal } = asked(c, api);
    const { wait } = checkOptionsBy(waitQuery, queryOf(c));
    const found = await (wait > 0
      ? jobs.wait(id, caller, wait * 1000, signal)
      : jobs.get(id, caller));
    return jobAnswer(found, c.req.header('if-none-match') ?? null);
  });
  serve(app, deleteJob, async (c) => {
    const { id, caller } = asked(c, api);
    await jobs.remove(id, caller);
    return c.body(null, 204);
  });
  serve(app, postCancel, async (c) => {
    const { id, caller } = asked(c, api);
    return c.json(await jobs.cancel(id, caller));
  });
  serve(app, postResume, async (c) => {
    const { id, caller } = asked(c, api);
    const authorization = forwardedAuthorization(c.req.raw.headers, api.access());
    const changes = checkOptionsBy(resumeSchema, await readOptionalJson(c.req.raw, api));
    return acceptedAnswer(await jobs.resume(id, { caller, authorization }, changes));
  });
  serve(app, patchFocus, async (c) => {
    const { id, caller } = asked(c, api);
    const { bbox } = checkOptionsBy(focusSchema, await readJson(c.req.raw, api));
    return c.json(await jobs.focus(id, caller, bbox));
  });
  serve(app, getEvents, (c) => answerEvents(c, api, jobs));
  serve(app, getDetections, (c) => answerDetections(c, api, jobs));
  serve(app, getSummary, (c) => answerSummary(c, api, jobs));
  serve(app, getExport, async (c) => {
    const { id, caller } = asked(c, api);
    const name = c.req.param('name');
    return exportAnswer({
      request: c.req.raw,
      job: await jobs.get(id, caller),
      name,
      open: (range) => jobs.export(id, caller, name, range),
      requestId: c.get('requestId'),
    });
  });
  const { stores } = api;
  if (stores) serve(app, postStore, (c) => storeResult(c, api, stores));
  return app;
}

async function createJob(c: Context<Env>, api: ApiAdapters, jobs: JobService): Promise<Response> {
  const idempotencyKey = idempotencyKeyOf(c.req.header('idempotency-key'));
  const created = await jobs.create(await readNewJob(c.req.raw, api), {
    caller: c.get('caller'),
    idempotencyKey,
    authorization: forwardedAuthorization(c.req.raw.headers, api.access()),
  });
  return acceptedAnswer(created);
}

async function answerEvents(
  c: Context<Env>,
  api: ApiAdapters,
  jobs: JobService,
): Promise<Response> {
  const { id, caller, signal } = asked(c, api);
  const lastId = c.req.header('last-event-id') ?? '0';
  if (!/^\d{1,15}$/.test(lastId)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `Last-Event-ID is ${JSON.stringify(lastId.slice(0, 40))}; it must be the id of an event, or be left out.`,
    );
  }
  const job = await jobs.get(id, caller);
  const gone = new AbortController();
  const events = jobs
    .events(id, caller, Number(lastId), AbortSignal.any([signal, gone.signal]))
    [Symbol.asyncIterator]();
  let iterator = events;
  if (hasEnded(job)) {
    const first = await events.next();
    // Nothing but 204 keeps an EventSource from coming back.
    if (first.done) return c.body(null, 204);
    iterator = after(first.value, events);
  }
  const { deadline } = api;
  const body = eventStream(iterator, { deadline, onCancel: () => gone.abort() });
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // nginx would hold events back.
      'x-accel-buffering': 'no',
    },
  });
}

async function* after<T>(first: T, rest: AsyncIterator<T>): AsyncGenerator<T> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

async function answerDetections(
  c: Context<Env>,
  api: ApiAdapters,
  jobs: JobService,
): Promise<Response> {
  const { id, caller } = asked(c, api);
  const { bbox, format: named, ...query } = checkOptionsBy(detectionsQuery, queryOf(c));
  const offers = FORMATS.map((one) => [one.id, one.mediaType] as const);
  const { id: format } = findFormat(named ?? negotiate(offers, c.req.header('accept')));
  const { parts, mediaType, isPartial } = await jobs.detections(id, caller, {
    ...query,
    bbox: bbox as [number, number, number, number] | undefined,
    format,
  });
  const headers = new Headers({
    'content-type': mediaType,
    'cache-control': isPartial ? 'no-store' : 'private, no-cache',
    vary: 'Accept',
  });
  if (isPartial) headers.set('x-partial', 'true');
  return new Response(byteStream(parts), { headers });
}

async function answerSummary(
  c: Context<Env>,
  api: ApiAdapters,
  jobs: JobService,
): Promise<Response> {
  const { id, caller } = asked(c, api);
  const { format } = checkOptionsBy(summaryQuery, queryOf(c));
  const offers = Object.entries(SUMMARY_TYPES) as [keyof typeof SUMMARY_TYPES, string][];
  const chosen = format ?? negotiate(offers, c.req.header('accept'));
  const summary = await jobs.summary(id, caller);
  const body = chosen === 'fhir' ? bundleOf(summary) : summary;
  return c.body(JSON.stringify(body), 200, {
    'content-type': SUMMARY_TYPES[chosen],
    'cache-control': 'private, no-cache',
    vary: 'Accept',
  });
}

async function storeResult(
  c: Context<Env>,
  api: ApiAdapters,
  stores: StoreService,
): Promise<Response> {
  const { id, caller } = asked(c, api);
  const request = checkOptionsBy(storeRequestSchema, await readJson(c.req.raw, api));
  const authorization = forwardedAuthorization(c.req.raw.headers, api.access());
  const { signal } = c.req.raw;
  return c.json(await stores.store(id, request, { caller, authorization, signal }));
}

function asked(c: Context<Env>, api: ApiAdapters): Asked {
  const { signal } = c.req.raw;
  return {
    id: c.req.param('id') ?? '',
    caller: c.get('caller'),
    signal: api.stopping ? AbortSignal.any([signal, api.stopping]) : signal,
  };
}

function queryOf(c: Context<Env>): Record<string, unknown> {
  return optionsFromTexts(new URL(c.req.url).searchParams, QUERY_KINDS);
}
