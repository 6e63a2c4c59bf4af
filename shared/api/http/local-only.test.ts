import { describe, expect, it } from 'vitest';
import { requireLocal } from './local-only.ts';

function request(url: string, method = 'GET', origin?: string): Request {
  return new Request(url, { method, headers: origin === undefined ? {} : { origin } });
}

describe('a service without keys', () => {
  it.each([
    'http://localhost:8080/v1/jobs',
    'http://127.0.0.1:8080/',
    'http://127.8.9.10/',
    'http://[::1]:8080/',
    'http://unicell.localhost/',
  ])('answers to %s', (url) => {
    expect(() => requireLocal(request(url), [])).not.toThrow();
  });

  it.each([
    'http://rebound.example:8080/v1/jobs',
    'http://localhost.example/',
    'http://127.0.0.1.example/',
    'http://192.168.1.7:8080/',
    'http://0.0.0.0:8080/',
    'http://[::ffff:7f00:1]/',
  ])('does not answer to %s', (url) => {
    expect(() => requireLocal(request(url), ['*'])).toThrow(
      expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining('API_KEYS') }),
    );
  });

  const here = 'http://127.0.0.1:8080/v1/jobs';
  it.each([
    ['a program', 'POST', undefined],
    ['its own page', 'POST', 'http://127.0.0.1:8080'],
    ['an origin that is allowed', 'POST', 'https://viewer.example'],
    ['a page elsewhere that cannot read the answer', 'GET', 'https://evil.example'],
  ])('takes requests of %s', (_, method, origin) => {
    expect(() =>
      requireLocal(request(here, method, origin), ['https://viewer.example']),
    ).not.toThrow();
  });

  it.each(['https://evil.example', 'http://127.0.0.1:9999', 'null', 'http://localhost:8080'])(
    'takes no POST of the origin %s',
    (origin) => {
      expect(() => requireLocal(request(here, 'POST', origin), [])).toThrow(
        expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(origin) }),
      );
    },
  );
});
