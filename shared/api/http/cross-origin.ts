/**
 * Cross-origin resource sharing (Fetch standard, section 3.3): which pages of other origins may ask and read.
 *
 * A browser tells a page nothing of an answer that is not shared with it, so a page of an origin that nobody has
 * allowed would never learn why. It is answered with a problem that it may read, and with nothing else: the request is
 * refused before anything is done for it.
 *
 * @module
 */
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { UniCellError } from '../../errors.ts';

const EXPOSED = [
  'ETag',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Server-Timing',
  'X-Partial',
  'X-Request-Id',
  'X-UniCell-Model',
  'X-UniCell-Provider',
  'X-UniCell-Tier',
  'X-UniCell-Warnings',
];
const REQUESTED = [
  'Authorization',
  'Cache-Control',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'Range',
  'X-DICOMweb-Authorization',
  'X-Image-Size',
  'X-Request-Id',
  'traceparent',
  'tracestate',
];
const METHODS = ['GET', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];

/** @param allowed Origins whose pages may call; `*` for all. */
export function crossOrigin(allowed: readonly string[]): MiddlewareHandler {
  const isAllowed = (origin: string) => allowed.includes('*') || allowed.includes(origin);
  const shared = cors({
    origin: (origin) => (isAllowed(origin) ? origin : null),
    allowMethods: METHODS,
    allowHeaders: REQUESTED,
    exposeHeaders: EXPOSED,
    maxAge: 86_400,
  });
  const told = cors({
    origin: (origin) => origin,
    allowMethods: METHODS,
    allowHeaders: REQUESTED,
    exposeHeaders: ['X-Request-Id'],
    // The origin may be allowed in the next moment.
    maxAge: 0,
  });
  return async (c, next) => {
    const { method, path } = c.req;
    const origin = c.req.header('origin');
    const isRefused =
      origin !== undefined &&
      !isAllowed(origin) &&
      path.startsWith('/v1/') &&
      isOfOtherOrigin(c.req.raw.headers);
    if (!isRefused) return shared(c, next);
    c.res.headers.append('Vary', 'Origin');
    // A preflight is let pass, so that the request comes that can be told.
    return told(c, async () => {
      if (method !== 'OPTIONS') throw notAllowed(origin);
    });
  };
}

/**
 * Whether a browser says that a page of another origin wants to read the answer. `Origin` alone does not say so: a
 * page's own service may stand behind a proxy, under a name that it does not know. No page can leave these headers out
 * or forge them (Fetch Metadata, W3C); a browser that does not send them judges by itself, as ever.
 */
function isOfOtherOrigin(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  return (
    (site === 'cross-site' || site === 'same-site') && headers.get('sec-fetch-mode') === 'cors'
  );
}

function notAllowed(origin: string): UniCellError {
  const [page, remedy] =
    origin === 'null'
      ? ['without an origin, as one opened from a file,', 'Serve the page by http, and put']
      : [`of ${origin.slice(0, 200)}`, 'Put'];
  return new UniCellError(
    'FORBIDDEN',
    `A page ${page} may not use this service: it is not among the allowed origins. ${remedy} its origin into ALLOWED_ORIGINS of the service.`,
  );
}
