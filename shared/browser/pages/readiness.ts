import type { Service } from './service.ts';

/** What a page must know of the service that served it. */
export interface Readiness {
  readonly tier: 'edge' | 'gpu';
  /** Whether requests want a key. */
  readonly needsKey: boolean;
  /** Whether slides are run here, or by a service behind. */
  readonly runsJobs: boolean;
}

/** @throws {UniCellProblem} when the service is not ready, and says why. */
export function readinessOf(service: Service): Promise<Readiness> {
  return service.json<Readiness>('/readyz');
}
