/**
 * The HTTP interface of both tiers: the same routes, problems and headers over what a tier brings.
 *
 * @module
 */

import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, Hono } from 'hono';
import { nearestName } from '../datasets/nearest-name.ts';
import { UniCellError } from '../errors.ts';
import { type ApiAdapters, PAGE_FILES, PAGE_SCRIPTS, type PageFile } from './adapters.ts';
import { detectAsJob, prefersAsync } from './detect/detect-as-job.ts';
import { postDetect } from './detect/detect-contract.ts';
import { answerDetect } from './detect/detect-route.ts';
import type { Asking } from './http/access.ts';
import type { Caller, Scope } from './http/caller.ts';
import { requireUnencoded } from './http/content-encoding.ts';
import { serve } from './http/contract.ts';
import { crossOrigin } from './http/cross-origin.ts';
import { requireLocal } from './http/local-only.ts';
import { CALLER_HEADER } from './http/passed-caller.ts';
import { problemResponse } from './http/problem.ts';
import { type Admission, rateLimitHeaders } from './http/rate-limit.ts';
import {
  getDatasets,
  getLiveness,
  getModelMetadata,
  getModelReadiness,
  getModels,
  getOpenApi,
  getReadiness,
  getServerLiveness,
  getServerMetadata,
  getServerReadiness,
} from './info-contract.ts';
import { listDatasets, listModels, modelMetadata, serverMetadata } from './info-routes.ts';
import { jobContract } from './jobs/job-contract.ts';
import { jobRoutes } from './jobs/job-routes.ts';
import { openApi } from './openapi.ts';
import { postScore } from './score/score-contract.ts';
import { answerScore } from './score/score-route.ts';
import { viewerContract } from './viewer/viewer-contract.ts';
import { isTileRequest, viewerRoutes } from './viewer/viewer-routes.ts';

type Env = { Variables: { requestId: string; caller: Caller; admission?: Admission } };

const STATIC_CACHE = 'public, max-age=300';
const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Builds the routes over a tier's adapters. Every answer that is not a success is a problem. */
export function buildApi(api: ApiAdapters): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>();
  app.use(async (c, next) => {
    // Not hono's: it refuses ids with dots and colons, which callers' tracing has.
    const received = c.req.header('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(received) ? received : crypto.randomUUID();
    c.set('requestId', requestId);
    await next();
    finish(c, api);
  });
  app.use(crossOrigin(api.allowedOrigins));
  app.use(async (c, next) => {
    if (isKeyless(api)) requireLocal(c.req.raw, api.allowedOrigins);
    await next();
  });
  app.onError((error, c) => {
    const isTold = error instanceof UniCellError && error.publicMessage === error.message;
    if (!isTold) api.report(error, c.get('requestId'));
    return problemResponse(error, c.req.path, c.get('requestId'));
  });
  app.notFound((c) => {
    const { path, method } = c.req;
    const requestId = c.get('requestId');
    const allowed = methodsOf(app, path);
    if (allowed.length === 0) {
      const paths = [...new Set(app.routes.map((route) => route.path))];
      const meant = nearestName(
        path,
        paths.filter((route) => !/[*:]/.test(route)),
      );
      const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
      const detail = `There is no ${path.slice(0, 200)}.${hint} /docs and /openapi.json say what there is.`;
      return problemResponse(new UniCellError('NOT_FOUND', detail), path, requestId);
    }
    const detail = `${path} does not take ${method}; it takes ${allowed.join(', ')}.`;
    const error = new UniCellError('METHOD_NOT_ALLOWED', detail);
    const response = problemResponse(error, path, requestId);
    response.headers.set('allow', allowed.join(', '));
    return response;
  });

  app.get('/', (c) => page(c, api.pages.playground));
  app.get('/docs', (c) => page(c, api.pages.docs));
  app.get('/viewer', (c) => page(c, api.pages.viewer));
  for (const name of Object.keys(PAGE_FILES) as PageFile[]) {
    app.get(`/${name}`, async (c) =>
      c.body(await api.pages.file(name), 200, {
        'content-type': PAGE_FILES[name],
        'cache-control': STATIC_CACHE,
      }),
    );
  }
  for (const name of PAGE_SCRIPTS) {
    app.get(`/${name}`, async (c) =>
      c.body(await api.pages.script(name), 200, {
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': STATIC_CACHE,
        // A page that may not ask this service anything learns so from the overlay.
        ...(name === 'viewer/overlay.js' && { 'access-control-allow-origin': '*' }),
      }),
    );
  }
  let document: object | undefined;
  serve(app, getOpenApi, (c) => {
    document ??= openApi(app, api);
    return c.json(document);
  });
  serve(app, getLiveness, (c) => c.json({ live: true }));
  serve(app, getReadiness, async (c) => c.json(await readiness(api)));
  serve(app, getServerMetadata, (c) => c.json(serverMetadata(api)));
  serve(app, getServerLiveness, (c) => c.json({ live: true }));
  serve(app, getServerReadiness, async (c) => c.json({ ready: (await readiness(api)).ready }));
  serve(app, getModelMetadata, async (c) => c.json(await metadata(c, api)));
  serve(app, getModelReadiness, async (c) => {
    const { name } = await metadata(c, api);
    return c.json({ name, ready: true });
  });

  app.use('/v1/*', async (c, next) => {
    requireUnencoded(c.req.raw.headers);
    await next();
  });
  app.use('/v1/detect', (c, next) => detectLater(c, api, next));
  const detects = guard(api, 'detect');
  serve(app, getDatasets, async (c) => c.json(await listDatasets(api)), { guard: detects });
  serve(app, getModels, async (c) => c.json(await listModels(api)), { guard: detects });
  serve(app, postDetect, (c) => answerDetect(c.req.raw, api, ids(c)), { guard: detects });
  serve(app, postScore, (c) => answerScore(c.req.raw, api), { guard: detects });
  for (const path of ['/v1/jobs', '/v1/jobs/*', '/v1/estimate']) {
    if (api.tier === 'edge') app.all(path, guard(api, 'jobs'), (c) => proxy(c, api));
    else app.use(path, guard(api, 'jobs'));
  }
  if (api.tier === 'edge') {
    for (const route of [...jobContract, ...viewerContract]) {
      app.openAPIRegistry.registerPath(route);
    }
  }
  if (api.jobs) app.route('/', jobRoutes(api, api.jobs));
  if (api.viewer) app.route('/', viewerRoutes(api, api.viewer));
  return app;
}

/** Makes a job of a detection where the client would rather not wait, and lets all others pass. */
async function detectLater(
  c: Context<Env>,
  api: ApiAdapters,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  const canDefer = api.jobs !== undefined || api.handOver !== undefined;
  if (!(canDefer && c.req.method === 'POST' && prefersAsync(c.req.header('prefer')))) {
    await next();
    return undefined;
  }
  let answer: Response | undefined;
  await guard(api, 'jobs')(c, async () => {
    answer = await (api.jobs
      ? detectAsJob(c.req.raw, api, api.jobs, c.get('caller'))
      : proxy(c, api));
  });
  if (answer === undefined) await next();
  return answer;
}

/** What only the stronger tier does, under this host. */
async function proxy(c: Context<Env>, { handOver, access }: ApiAdapters): Promise<Response> {
  if (!handOver) {
    throw new UniCellError(
      'GPU_UNAVAILABLE',
      'Jobs run on the GPU service, and none stands behind this edge.',
    );
  }
  if (!handOver.tellsCaller && access().callers > 1) {
    throw new UniCellError(
      'CONFIGURATION_INVALID',
      'Several callers have keys here, and the GPU service would take their jobs for those of one. Set the same CALLER_SECRET on both tiers; docs/edge.md says how.',
    );
  }
  const { method, body, url } = c.req.raw;
  const { pathname, search, host, protocol } = new URL(url);
  const headers = new Headers(c.req.raw.headers);
  if (!headers.has('x-forwarded-host')) {
    headers.set('x-forwarded-host', host);
    headers.set('x-forwarded-proto', protocol.slice(0, -1));
  }
  const path = `${pathname}${search}`;
  return handOver.forward({ method, path, headers, body, ...ids(c) });
}

function ids(c: Context<Env>) {
  return { requestId: c.get('requestId'), caller: c.get('caller') };
}

/** Methods of the routes for a path, which may have a parameter. */
function methodsOf(app: Hono<Env>, path: string): string[] {
  const methods = app.routes
    .filter(({ method }) => method !== 'ALL')
    .filter((route) => {
      const parts = route.path.split('/');
      const asked = path.split('/');
      const isSame = parts.every((part, i) => part.startsWith(':') || part === asked[i]);
      return isSame && parts.length === asked.length;
    })
    .map(({ method }) => method);
  return [...new Set(methods)];
}

/** Lets pass who has the scope, and not too often. */
function guard(api: ApiAdapters, scope: Scope) {
  return async (c: Context<Env>, next: () => Promise<void>): Promise<void> => {
    const caller = await api.access().requireFor(askingOf(c), scope);
    c.set('caller', caller);
    if (api.rateLimiter && !isTileRequest(c.req.method, c.req.path)) {
      const { limit, windowS } = api.rateLimiter.policy;
      const admission = await api.rateLimiter.admit(caller.id);
      c.set('admission', admission);
      if (!admission.isAllowed) {
        throw new UniCellError(
          'RATE_LIMITED',
          `The key ${caller.id} has sent more than ${limit} requests in ${windowS} s. Wait as Retry-After says.`,
        );
      }
    }
    const leave = scope === 'detect' ? api.occupy?.(caller.id) : undefined;
    try {
      await next();
    } finally {
      leave?.();
    }
  };
}

/** A service that is not configured lets nobody in anyway. */
function isKeyless(api: ApiAdapters): boolean {
  try {
    return !api.access().hasKeys;
  } catch {
    return false;
  }
}

function askingOf(c: Context<Env>): Asking {
  const { method, url } = c.req.raw;
  const { pathname, search } = new URL(url);
  return {
    authorization: c.req.header('authorization'),
    passed: c.req.header(CALLER_HEADER),
    method,
    path: `${pathname}${search}`,
  };
}

async function readiness(api: ApiAdapters) {
  const { hasKeys } = api.access();
  const card = await api.model.card();
  return {
    ready: true,
    tier: api.tier,
    version: api.version,
    model: { id: card.id, version: card.version, precision: await api.model.precision() },
    needsKey: hasKeys,
    runsJobs: api.jobs !== undefined || api.handOver !== undefined,
    ...(await api.readiness?.()),
  };
}

async function metadata(c: Context<Env>, api: ApiAdapters) {
  const name = c.req.param('model') ?? '';
  const found = await modelMetadata(api, name);
  if (found) return found;
  const { id } = await api.model.card();
  throw new UniCellError(
    'NOT_FOUND',
    `There is no model ${JSON.stringify(name.slice(0, 100))} here; there is ${id}.`,
  );
}

function page(c: Context<Env>, html: string): Response {
  return c.html(html, 200, {
    'content-security-policy': PAGE_POLICY,
    'referrer-policy': 'no-referrer',
  });
}

/** What every answer carries. */
function finish(c: Context<Env>, api: ApiAdapters): void {
  c.header('x-request-id', c.get('requestId'));
  c.header('x-content-type-options', 'nosniff');
  const trace = c.req.header('traceparent');
  if (trace && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(trace)) {
    c.header('traceparent', trace);
  }
  const admission = c.get('admission');
  if (api.rateLimiter && admission) {
    const fields = Object.entries(rateLimitHeaders(api.rateLimiter.policy, admission));
    for (const [name, value] of fields) c.header(name, value);
  }
}
