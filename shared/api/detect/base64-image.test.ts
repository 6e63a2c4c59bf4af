import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from './base64-image.ts';

const decode = (text: string) => decodeBase64(new TextEncoder().encode(text));

describe('base64', () => {
  it('is decoded as everybody encodes it, also with escapes, spaces and the alphabet of URLs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        const plain = buffer.toString('base64');
        for (const text of [
          plain,
          buffer.toString('base64url'),
          plain.replaceAll('/', '\\/'),
          plain.replaceAll(/.{10}/g, '$&\\r\\n'),
          plain.replaceAll('+', '\\u002b').replaceAll('=', '\\u003D'),
          ` ${plain.replaceAll('=', '= ')}`,
        ]) {
          expect(Buffer.from(decode(text).bytes).equals(buffer), text).toBe(true);
        }
        const type = 'image\\/png';
        expect(decode(`data:${type};base64,${plain}`)).toMatchObject({ declared: 'image/png' });
      }),
    );
  });

  it('takes what atob takes, and nothing else', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'AZaz09+/= \t*') });
    fc.assert(
      fc.property(letters, (text) => {
        let expected: string | undefined;
        try {
          expected = atob(text);
        } catch {}
        if (expected === undefined) {
          expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'BODY_INVALID' }));
        } else if (expected === '') {
          expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'BODY_EMPTY' }));
        } else {
          expect(Buffer.from(decode(text).bytes).toString('latin1')).toBe(expected);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['AAA\\b', 'AAAA\\u12', 'AAAA\\', 'AAA\\u0130', 'data:image/png,AAAA', 'äöü'])(
    'is not %s',
    (text) => expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'BODY_INVALID' })),
  );
});
