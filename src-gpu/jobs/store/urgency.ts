import type { StoredTask } from '../job-store.ts';

/**
 * Among tasks of one priority, what brings a job to its end comes before what begins another: else a
 * thousand queued jobs would all be planned, their slides fetched twice, before the first one ends.
 */
const BY_KIND: Readonly<Record<StoredTask['kind'], number>> = {
  webhook: 0.9,
  repair: 0.7,
  finalize: 0.6,
  chunk: 0.3,
  plan: 0,
};

/** Larger first; tasks of equal urgency keep their order. */
export function urgencyOf(kind: StoredTask['kind'], priority: number): number {
  return priority + BY_KIND[kind];
}
