/**
 * What is said of every request: a line in the log, a figure, a span.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Answers a request; the second argument is the server's. */
export type Fetch = (request: Request, env?: unknown) => Response | Promise<Response>;

/** What becomes known of a request on its way. */
interface Notes {
  callerId?: string;
}

const notes = new AsyncLocalStorage<Notes>();

/** Remembers who sent the request that is being answered. */
export function noteCaller(callerId: string): void {
  const known = notes.getStore();
  if (known) known.callerId = callerId;
}

/** What viewers ask for by the dozen. */
const VIEWED = '/v1/jobs/{id}/$1';

const ROUTES: readonly (readonly [pattern: RegExp, route: string])[] = [
  [/^\/v1\/jobs\/[^/]+$/, '/v1/jobs/{id}'],
  [/^\/v1\/jobs\/[^/]+\/exports\/[^/]+$/, '/v1/jobs/{id}/exports/{name}'],
  [/^\/v1\/jobs\/[^/]+\/(image|image_files|iiif|points|counts)(?=[./]|$).*$/, VIEWED],
  [/^\/v1\/jobs\/[^/]+\/(events|detections|cancel|resume|focus)$/, '/v1/jobs/{id}/$1'],
  [/^\/v1\/(detect|score|datasets|models|jobs|estimate)$/, '/v1/$1'],
  [/^\/v2(\/.*)?$/, '/v2'],
  [/^\/(livez|readyz|metrics|docs|viewer|openapi\.json)?$/, '/$1'],
];

const QUIET = /^\/(livez|readyz|metrics|v2)$|\/(image|image_files|iiif|points|counts)$/;

/** The route of a path; what strangers make up becomes one. */
function routeOf(path: string): string {
  const found = ROUTES.find(([pattern]) => pattern.test(path));
  return found ? path.replace(found[0], found[1]) : 'other';
}

/** Wraps an application so that every request is seen. */
export function observed(fetch: Fetch, log: Log, metrics: Metrics): Fetch {
  return (request, env) => {
    const startedMs = performance.now();
    const { pathname } = new URL(request.url);
    const route = routeOf(pathname);
    const parent = remoteParent(request.headers.get('traceparent'));
    const span = trace
      .getTracer('unicell')
      .startSpan(
        `${request.method} ${route}`,
        { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method } },
        parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
      );
    const note: Notes = {};
    return inSpan(span, () =>
      notes.run(note, async () => {
        const answer = await fetch(request, env);
        const ms = performance.now() - startedMs;
        const { status, headers } = answer;
        span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
        metrics.observeRequest(request.method, route, status, ms / 1000);
        log[levelOf(route, status)](
          {
            requestId: headers.get('x-request-id'),
            ...(parent ? { traceId: parent.traceId } : {}),
            caller: note.callerId,
            method: request.method,
            route,
            status,
            ms: Math.round(ms * 10) / 10,
            model: headers.get('x-unicell-model') ?? undefined,
            provider: headers.get('x-unicell-provider') ?? undefined,
            timing: headers.get('server-timing') ?? undefined,
          },
          'request',
        );
        return answer;
      }),
    );
  };
}

/** Probes ask every few seconds, viewers for dozens of tiles; only their failures are news. */
function levelOf(route: string, status: number): 'debug' | 'info' | 'warn' {
  if (status >= 500) return 'warn';
  return QUIET.test(route) ? 'debug' : 'info';
}

function inSpan<T>(span: Span, task: () => T): T {
  return context.with(trace.setSpan(context.active(), span), task);
}

/** The span of the edge, from W3C Trace Context. */
function remoteParent(traceparent: string | null): SpanContext | undefined {
  const match = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '');
  if (!match) return undefined;
  const [, traceId, spanId, flags] = match;
  return {
    traceId: traceId!,
    spanId: spanId!,
    traceFlags: Number.parseInt(flags!, 16),
    isRemote: true,
  };
}
