import { describe, expect, it } from 'vitest';
import { ForwardedCredentials } from './forwarded-credentials.ts';

const inPacs = { type: 'dicomweb', root: 'https://a.b', study: '1', series: '2' } as const;
const forwarded = { ...inPacs, isForwarded: true };

describe('credentials that callers lend', () => {
  it('are there until they are forgotten', () => {
    const credentials = new ForwardedCredentials(true);
    credentials.lend('job', forwarded, 'Bearer x');
    expect(credentials.of('job')).toBe('Bearer x');
    // A repeated request may leave them out.
    credentials.lend('job', forwarded, undefined);
    expect(credentials.of('job')).toBe('Bearer x');
    credentials.forget('job');
    expect(() => credentials.of('job')).toThrow(/Resume the job with the header/);
    expect(() => credentials.of('job')).toThrow(
      expect.objectContaining({ code: 'SOURCE_UNAUTHORIZED' }),
    );
  });

  it('are not kept where nobody asked for them to be forwarded', () => {
    const credentials = new ForwardedCredentials(true);
    credentials.lend('job', { ...inPacs, isForwarded: false }, 'Bearer x');
    credentials.lend('other', { type: 'url', url: 'https://a.b/c.svs' }, 'Bearer x');
    for (const id of ['job', 'other']) expect(() => credentials.of(id)).toThrow(/gone/);
  });

  it('are refused where other nodes would need them, or when they are missing', () => {
    const invalid = expect.objectContaining({ code: 'INVALID_OPTIONS' });
    const shared = new ForwardedCredentials(false);
    expect(() => shared.lend('job', forwarded, 'Bearer x')).toThrow(invalid);
    expect(() => shared.lend('job', forwarded, 'Bearer x')).toThrow(/DICOMWEB_CREDENTIALS/);
    expect(() => new ForwardedCredentials(true).lend('job', forwarded, undefined)).toThrow(invalid);
  });
});
