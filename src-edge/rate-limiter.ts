/**
 * The rate limit of the Workers binding, which counts for all isolates of a data centre.
 *
 * @module
 */

import { type RateLimiter, type RatePolicy, RateWindow } from '../shared/api/http/rate-limit.ts';

/**
 * The binding decides and says only yes or no. How many requests remain is what this isolate has seen:
 * where others answer the same key it is too high, and the refusal then says so.
 *
 * @param policy That of the binding in `wrangler.toml`.
 */
export function bindingLimiter(
  binding: RateLimit,
  policy: RatePolicy,
  now: () => number,
): RateLimiter {
  const seen = new RateWindow(policy, now);
  return {
    policy,
    async admit(key) {
      const { remaining, resetS } = seen.count(key);
      const { success } = await binding.limit({ key });
      // Nobody knows when the binding's window began.
      return success
        ? { isAllowed: true, remaining, resetS }
        : { isAllowed: false, remaining: 0, resetS: policy.windowS };
    },
  };
}
