import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameUuids, uuidBytes } from './name-uuid.ts';
import { PartWriter } from './part-writer.ts';
import { paddedLength, sha1 } from './sha1.ts';

describe('sha1', () => {
  it("equals Node's", () => {
    const hash = new Uint8Array(20);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const message = new Uint8Array(paddedLength(bytes.length)).fill(7);
        message.set(bytes);
        sha1(message, bytes.length, hash);
        expect([...hash]).toEqual([...createHash('sha1').update(bytes).digest()]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('NameUuids', () => {
  const text = (bytes: Uint8Array) => {
    const out = new PartWriter();
    out.uuid(bytes);
    return out.take();
  };

  it('makes the ids of RFC 9562', () => {
    const dns = new NameUuids(uuidBytes('6ba7b810-9dad-11d1-80b4-00c04fd430c8'));
    const id = dns.of(new TextEncoder().encode('www.example.com'));
    expect(text(id)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('depends on the name alone, whatever came before', () => {
    const namespace = uuidBytes('84228a67-740f-5e33-934b-459d52f3d969');
    const many = new NameUuids(namespace);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (name) => {
        expect([...many.of(name)]).toEqual([...new NameUuids(namespace).of(name)]);
      }),
    );
  });
});
