/**
 * Who may read the figures: everybody who reaches their own port, or who has a key for the main one.
 *
 * @module
 */
import type { Access } from '../../shared/api/http/access.ts';
import { requireLocal } from '../../shared/api/http/local-only.ts';
import { problemResponse } from '../../shared/api/http/problem.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { Metrics } from './metrics.ts';
import type { Fetch } from './observe.ts';

/** `/metrics` before an application, for keys of the scope `admin`. */
export function withMetrics(fetch: Fetch, metrics: Metrics, access: Access): Fetch {
  return async (request, env) => {
    const { pathname } = new URL(request.url);
    if (pathname !== '/metrics') return fetch(request, env);
    try {
      if (!access.hasKeys) requireLocal(request, []);
      await access.require(request.headers.get('authorization'), 'admin');
      return await metrics.answer();
    } catch (error) {
      return problemResponse(error, pathname, crypto.randomUUID());
    }
  };
}

/** `/metrics` and nothing else. */
export function onlyMetrics(metrics: Metrics): Fetch {
  return (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/metrics') return metrics.answer();
    const detail = `There is no ${pathname.slice(0, 200)} on this port; there is /metrics.`;
    const error = new UniCellError('NOT_FOUND', detail);
    return problemResponse(error, pathname, crypto.randomUUID());
  };
}
