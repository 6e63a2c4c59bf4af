/**
 * What the declarations of all routes are made of. A route is declared once, by `createRoute`: what is declared is
 * what is mounted, and what `/openapi.json` says.
 *
 * @module
 */

import type { OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import type { Env, Handler, MiddlewareHandler } from 'hono';
import * as z from 'zod';
import { type ErrorCode, UniCellError } from '../../errors.ts';
import { mediaTypeOf } from './media-type.ts';
import { PROBLEMS, problemSchema } from './problem.ts';

type Responses = RouteConfig['responses'];
type Response = Responses[string];
type Body = NonNullable<NonNullable<RouteConfig['request']>['body']>;
type Content = Body['content'];

export interface ServeOptions<E extends Env> {
  /** Comes before the handler. */
  readonly guard?: MiddlewareHandler<E>;
  /** For pixels, whose addresses viewers extend as they like, `?v=2` for instance. */
  readonly ignoresQuery?: boolean;
}

/**
 * Mounts a declared route. Its handler reads the request by itself, and not by the validators of the library: those
 * would hold a body before its limit is known, and know nothing of lists by commas and of our problems. A guarded route
 * without declared options in its query refuses a query: who sends one believes that it counts.
 */
export function serve<E extends Env, P extends string>(
  app: OpenAPIHono<E>,
  route: RouteConfig & { getRoutingPath(): P },
  handler: Handler<E, P>,
  { guard, ignoresQuery = false }: ServeOptions<E> = {},
): void {
  app.openAPIRegistry.registerPath(route);
  const isStrict = route.security === KEYED && !route.request?.query && !ignoresQuery;
  const handlers = [...(guard ? [guard] : []), ...(isStrict ? [refuseQuery] : []), handler];
  app.on(route.method, [route.getRoutingPath()], ...(handlers as Handler<E>[]));
}

const refuseQuery: MiddlewareHandler = async (c, next) => {
  const [name] = new URL(c.req.url).searchParams.keys();
  if (name !== undefined) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${c.req.method} of this path takes no options in the query, and ${JSON.stringify(name.slice(0, 80))} would be ignored. ` +
        '/docs says what it takes, and where.',
    );
  }
  await next();
};

/** Routes that want a key. */
export const KEYED: NonNullable<RouteConfig['security']> = [{ key: [] }];
/** Routes that everybody may ask. */
export const OPEN: NonNullable<RouteConfig['security']> = [];

/** Problems that any guarded request may meet. */
export const GUARDED: readonly ErrorCode[] = [
  'UNAUTHORIZED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'CONFIGURATION_INVALID',
  'INTERNAL',
  'INVALID_OPTIONS',
];

/** Bytes; the form that generators of clients make a body or a file of. */
export const bytes = { type: 'string', format: 'binary' } as const;

/** Bodies of these media types, each once. */
export function files(mediaTypes: readonly string[]): Content {
  return Object.fromEntries(mediaTypes.map((type) => [mediaTypeOf(type), { schema: bytes }]));
}

/**
 * An answer, or a body, in JSON.
 *
 * @param examples By name, the first is what `/docs` offers to send. They run as they stand, but for those of `yours`.
 * @param yours What has to be changed before an example runs, by its name.
 */
export function json<N extends string>(
  schema: z.ZodType,
  examples: Readonly<Record<N, unknown>> = {} as Record<N, unknown>,
  yours: Readonly<Partial<Record<NoInfer<N>, string>>> = {} as Record<N, string>,
): Content {
  const named = Object.entries(examples).map(([name, value]) => {
    const summary = yours[name as N];
    return [name, { ...(summary && { summary: `${name}: ${summary}` }), value }];
  });
  return {
    'application/json': {
      schema,
      ...(named.length > 0 && { examples: Object.fromEntries(named) }),
    },
  };
}

/** A body that must be there. */
export function body(content: Content): Body {
  return { required: true, content };
}

/** A body that may be left out. */
export function optionalBody(content: Content): Body {
  return { required: false, content };
}

/** An answer with these headers. */
export function answer(
  description: string,
  content?: Content,
  headers: readonly string[] = [],
): Response {
  return {
    description,
    ...(content && { content }),
    ...(headers.length > 0 && {
      headers: Object.fromEntries(
        headers.map((name) => [name, { schema: { type: 'string' as const } }]),
      ),
    }),
  };
}

/** Parameters of a path, with what they are. */
export function path<K extends string>(parts: Readonly<Record<K, string>>): z.ZodObject {
  return z.object(mapValues(parts, (text) => z.string().describe(text)));
}

/** Headers of a request that may be left out, with what they are. */
export function headers(fields: Readonly<Record<string, string>>): z.ZodObject {
  return z.object(mapValues(fields, (text) => z.string().optional().describe(text)));
}

function mapValues<T>(
  texts: Readonly<Record<string, string>>,
  map: (text: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, map(text)]));
}

/** One answer per status, with the codes that it may carry and an example of each. */
export function problems(codes: readonly ErrorCode[]): Responses {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].map(([status, these]) => [
    status,
    {
      description: these.map((code) => `${code}: ${PROBLEMS[code].title}.`).join(' '),
      content: {
        'application/problem+json': {
          schema: problemSchema,
          examples: Object.fromEntries(these.map((code) => [code, { $ref: exampleRef(code) }])),
        },
      },
    },
  ]);
  return Object.fromEntries(entries);
}

/** Where the document has the example of a problem. */
export function exampleRef(code: ErrorCode): string {
  return `#/components/examples/${code}`;
}
