/**
 * What a process answers that only works on jobs: whether it lives, and whether it can.
 *
 * @module
 */
import type { Readiness } from '../../shared/api/adapters.ts';
import { problemResponse } from '../../shared/api/http/problem.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { Fetch } from './observe.ts';

export function workerApp(readiness: () => Promise<Readiness>): Fetch {
  return async (request) => {
    const { pathname } = new URL(request.url);
    try {
      if (pathname === '/livez') return Response.json({ live: true });
      if (pathname === '/readyz') return Response.json({ ready: true, ...(await readiness()) });
      throw new UniCellError(
        'NOT_FOUND',
        `There is no ${pathname.slice(0, 200)}: this process only works on jobs (ROLE=worker). There are /livez and /readyz.`,
      );
    } catch (error) {
      return problemResponse(error, pathname, crypto.randomUUID());
    }
  };
}
