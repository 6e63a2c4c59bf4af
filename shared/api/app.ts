/**
 * The HTTP interface of both tiers: the same routes, problems and headers over what a tier brings.
 *
 * @module
 */

import { type Context, Hono } from 'hono';
import { UniCellError } from '../errors.ts';
import type { ApiAdapters } from './adapters.ts';
import { detectAsJob, prefersAsync } from './detect/detect-as-job.ts';
import { answerDetect } from './detect/detect-route.ts';
import type { Caller, Scope } from './http/access.ts';
import { problemResponse } from './http/problem.ts';
import { type Admission, rateLimitHeaders } from './http/rate-limit.ts';
import { listDatasets, listModels, modelMetadata, serverMetadata } from './info-routes.ts';
import { jobRoutes } from './jobs/job-routes.ts';
import { openApi } from './openapi.ts';
import { answerScore } from './score/score-route.ts';
import { isTileRequest, viewerRoutes } from './viewer/viewer-routes.ts';

type Env = { Variables: { requestId: string; caller: Caller; admission?: Admission } };

const EXPOSED =
  'ETag, Location, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, X-Partial, X-Request-Id, X-UniCell-Model, X-UniCell-Provider, X-UniCell-Tier, X-UniCell-Warnings';
const REQUESTED =
  'Authorization, Cache-Control, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Prefer, Range, X-DICOMweb-Authorization, X-Image-Size, X-Request-Id, traceparent, tracestate';
const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Builds the routes over a tier's adapters. Every answer that is not a success is a problem. */
export function buildApi(api: ApiAdapters): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    const received = c.req.header('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(received) ? received : crypto.randomUUID();
    c.set('requestId', requestId);
    if (c.req.method === 'OPTIONS') c.res = new Response(null, { status: 204 });
    else await next();
    // An answer of the cache or of another service has headers that cannot be changed.
    c.res = new Response(c.res.body, c.res);
    finish(c, api);
  });
  app.onError((error, c) => {
    if (!(error instanceof UniCellError)) api.report(error, c.get('requestId'));
    return problemResponse(error, c.req.path, c.get('requestId'));
  });
  app.notFound((c) => {
    const { path, method } = c.req;
    const requestId = c.get('requestId');
    const allowed = methodsOf(app, path);
    if (allowed.length === 0) {
      const paths = [...new Set(app.routes.map((route) => route.path))].filter(
        (route) => !route.includes('*'),
      );
      const detail = `There is no ${path.slice(0, 200)}; there are ${paths.join(', ')}.`;
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
  for (const name of ['viewer.js', 'overlay.js'] as const) {
    app.get(`/viewer/${name}`, async (c) =>
      c.body(await api.pages.script(name), 200, {
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=300',
      }),
    );
  }
  app.get('/openapi.json', (c) => c.json(openApi(api)));
  app.get('/livez', (c) => c.json({ live: true }));
  app.get('/readyz', async (c) => c.json(await readiness(api)));
  app.get('/v2', (c) => c.json(serverMetadata(api)));
  app.get('/v2/health/live', (c) => c.json({ live: true }));
  app.get('/v2/health/ready', async (c) => c.json({ ready: (await readiness(api)).ready }));
  app.get('/v2/models/:model', async (c) => c.json(await metadata(c, api)));
  app.get('/v2/models/:model/ready', async (c) => {
    const { name } = await metadata(c, api);
    return c.json({ name, ready: true });
  });

  app.use('/v1/detect', (c, next) => detectLater(c, api, next));
  app.get('/v1/datasets', guard(api, 'detect'), async (c) => c.json(await listDatasets(api)));
  app.get('/v1/models', guard(api, 'detect'), async (c) => c.json(await listModels(api)));
  app.post('/v1/detect', guard(api, 'detect'), (c) =>
    answerDetect(c.req.raw, api, c.get('requestId')),
  );
  app.post('/v1/score', guard(api, 'detect'), (c) => answerScore(c.req.raw, api));
  for (const path of ['/v1/jobs', '/v1/jobs/*', '/v1/estimate']) {
    if (api.tier === 'edge') app.all(path, guard(api, 'jobs'), (c) => proxy(c, api));
    else app.use(path, guard(api, 'jobs'));
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
async function proxy(c: Context<Env>, { handOver }: ApiAdapters): Promise<Response> {
  if (!handOver) {
    throw new UniCellError(
      'GPU_UNAVAILABLE',
      'Jobs run on the GPU service, and none stands behind this edge.',
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
  return handOver.forward({ method, path, headers, body, requestId: c.get('requestId') });
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
    const caller = await api.access().require(c.req.header('authorization'), scope);
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

async function readiness(api: ApiAdapters) {
  api.access();
  const card = await api.model.card();
  return {
    ready: true,
    tier: api.tier,
    version: api.version,
    model: { id: card.id, version: card.version, precision: await api.model.precision() },
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
  const { headers } = c.res;
  headers.set('x-request-id', c.get('requestId'));
  headers.set('x-content-type-options', 'nosniff');
  const trace = c.req.header('traceparent');
  if (trace && /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/.test(trace)) {
    headers.set('traceparent', trace);
  }
  const admission = c.get('admission');
  if (api.rateLimiter && admission) {
    const fields = Object.entries(rateLimitHeaders(api.rateLimiter.policy, admission));
    for (const [name, value] of fields) headers.set(name, value);
  }
  allowOrigin(c, api.allowedOrigins);
}

/** Cross-origin resource sharing, as configured. */
function allowOrigin(c: Context<Env>, allowedOrigins: readonly string[]): void {
  const { headers } = c.res;
  if (allowedOrigins.length > 0) headers.append('vary', 'Origin');
  const origin = c.req.header('origin');
  if (!origin || !(allowedOrigins.includes('*') || allowedOrigins.includes(origin))) return;
  headers.set('access-control-allow-origin', origin);
  headers.set('access-control-expose-headers', EXPOSED);
  if (c.req.method !== 'OPTIONS') return;
  headers.set('access-control-allow-methods', 'GET, POST, PATCH, DELETE, OPTIONS');
  headers.set('access-control-allow-headers', REQUESTED);
  headers.set('access-control-max-age', '86400');
}
