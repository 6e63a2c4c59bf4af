/**
 * How often a caller may come, and the header fields that say so (draft-ietf-httpapi-ratelimit-headers-10).
 *
 * @module
 */

/** What became of a request that was counted. */
export interface Admission {
  readonly isAllowed: boolean;
  /** Requests that the caller may still send before the count starts anew. */
  readonly remaining: number;
  /** Seconds until then, at least 1. */
  readonly resetS: number;
}

export interface RatePolicy {
  /** Requests of one caller ... */
  readonly limit: number;
  /** ... in so many seconds. */
  readonly windowS: number;
}

export interface RateLimiter {
  readonly policy: RatePolicy;
  /** Counts a request of a caller. */
  admit(callerId: string): Promise<Admission>;
}

/** Counts the requests of each caller in windows that follow each other; callers are as many as keys. */
export class RateWindow {
  readonly policy: RatePolicy;
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #window = 0;

  /** @param now Milliseconds of a clock. */
  constructor(policy: RatePolicy, now: () => number) {
    this.policy = policy;
    this.#now = now;
  }

  /** Counts a request; refused ones count too. */
  count(callerId: string): Admission {
    const { limit, windowS } = this.policy;
    const windowMs = windowS * 1000;
    const now = this.#now();
    const window = Math.floor(now / windowMs);
    if (window !== this.#window) this.#counts.clear();
    this.#window = window;
    const count = (this.#counts.get(callerId) ?? 0) + 1;
    this.#counts.set(callerId, count);
    return {
      isAllowed: count <= limit,
      remaining: Math.max(0, limit - count),
      resetS: Math.max(1, Math.ceil(((window + 1) * windowMs - now) / 1000)),
    };
  }
}

/** The fields of an answer to a request that was counted. */
export function rateLimitHeaders(
  { limit, windowS }: RatePolicy,
  { isAllowed, remaining, resetS }: Admission,
): Record<string, string> {
  return {
    'ratelimit-policy': `"default";q=${limit};w=${windowS}`,
    ratelimit: `"default";r=${remaining};t=${resetS}`,
    ...(isAllowed ? {} : { 'retry-after': String(resetS) }),
  };
}
