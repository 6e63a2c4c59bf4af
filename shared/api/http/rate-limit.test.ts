import { describe, expect, it } from 'vitest';
import { RateWindow, rateLimitHeaders } from './rate-limit.ts';

describe('RateWindow', () => {
  it('counts each caller by itself, and anew in the next window', () => {
    let now = 120_500;
    const window = new RateWindow({ limit: 2, windowS: 60 }, () => now);
    expect(window.count('a')).toEqual({ isAllowed: true, remaining: 1, resetS: 60 });
    expect(window.count('a')).toEqual({ isAllowed: true, remaining: 0, resetS: 60 });
    now = 150_000;
    expect(window.count('a')).toEqual({ isAllowed: false, remaining: 0, resetS: 30 });
    expect(window.count('b')).toMatchObject({ isAllowed: true, remaining: 1 });
    now = 180_000;
    expect(window.count('a')).toMatchObject({ isAllowed: true, remaining: 1 });
  });

  it('never says to wait less than a second', () => {
    const window = new RateWindow({ limit: 1, windowS: 60 }, () => 59_999);
    expect(window.count('a').resetS).toBe(1);
  });
});

describe('rateLimitHeaders', () => {
  const policy = { limit: 100, windowS: 60 };

  it('are structured fields of the draft', () => {
    expect(rateLimitHeaders(policy, { isAllowed: true, remaining: 42, resetS: 17 })).toEqual({
      'ratelimit-policy': '"default";q=100;w=60',
      ratelimit: '"default";r=42;t=17',
    });
  });

  it('say when to come again to who was refused', () => {
    expect(rateLimitHeaders(policy, { isAllowed: false, remaining: 0, resetS: 9 })).toMatchObject({
      ratelimit: '"default";r=0;t=9',
      'retry-after': '9',
    });
  });
});
