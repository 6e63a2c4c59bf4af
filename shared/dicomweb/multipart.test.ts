import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMediaType } from './media-type.ts';
import { MultipartParser, type MultipartPart } from './multipart-parser.ts';

const BOUNDARY = 'frames-7';
const encode = (text: string) => new TextEncoder().encode(text);

function join(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function multipart(bodies: readonly Uint8Array[], ends = true): Uint8Array {
  const parts = bodies.flatMap((body, i) => [
    encode(
      `\r\n--${BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Location: /frames/${i + 1}\r\n\r\n`,
    ),
    body,
  ]);
  return join([...parts, encode(ends ? `\r\n--${BOUNDARY}--\r\nepilogue` : '')]);
}

/** Parses bytes that come in chunks cut at these places. */
function parse(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  maxPartBytes = 1e6,
): MultipartPart[] {
  const parser = new MultipartParser(BOUNDARY, maxPartBytes);
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])];
  places.sort((a, b) => a - b);
  const parts = places.slice(1).flatMap((end, i) => parser.push(bytes.subarray(places[i], end)));
  parser.end();
  return parts;
}

/** Bodies made of what delimiters are made of. */
const body = fc
  .array(fc.constantFrom('\r', '\n', '-', '--', 'frames', `\r\n--${BOUNDARY.slice(0, -1)}`, '\0'), {
    maxLength: 30,
  })
  .map((words) => encode(words.join('')))
  .filter(
    (bytes) =>
      !new TextDecoder().decode(join([encode('\r\n'), bytes])).includes(`\r\n--${BOUNDARY}`),
  );

describe('a multipart answer', () => {
  it('has the same parts however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(body, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat()),
        (bodies, cuts) => {
          const parts = parse(multipart(bodies), cuts);
          expect(parts.map(({ bytes }) => [...bytes])).toEqual(bodies.map((bytes) => [...bytes]));
          expect(parts.map(({ headers }) => headers.get('content-location'))).toEqual(
            bodies.map((_, i) => `/frames/${i + 1}`),
          );
        },
      ),
    );
  });

  it('comes byte by byte, with a preamble, padding and no headers', () => {
    const text = `preamble\r\n--${BOUNDARY} \t\r\n\r\nbody\r\n--${BOUNDARY}\r\n\r\n--x\r\n--${BOUNDARY}--`;
    const bytes = encode(text);
    const parts = parse(bytes, Array.from(bytes.keys()));
    expect(parts.map((part) => new TextDecoder().decode(part.bytes))).toEqual(['body', '--x']);
  });

  it('may have an empty part whose headers end with its delimiter', () => {
    const text = `--${BOUNDARY}\r\nA: b\r\n\r\n--${BOUNDARY}--`;
    expect(parse(encode(text)).map(({ bytes }) => bytes.length)).toEqual([0]);
  });

  it('keeps large parts whole', () => {
    const large = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251);
    const parts = parse(multipart([large, large]), [1000, 70_000, 200_000, 310_000], 300_000);
    expect(parts.map(({ bytes }) => bytes)).toEqual([large, large]);
  });

  it.each([
    ['nothing', new Uint8Array(), /ended before its first part/],
    ['half a part', multipart([encode('one'), encode('two')], false), /ended in part 2/],
    ['no delimiter', encode('<html>'.repeat(10_000)), /before its first part/],
    ['endless headers', encode(`--${BOUNDARY}\r\n${'a: b\r\n'.repeat(10_000)}`), /of headers/],
    ['a delimiter that is none', encode(`--${BOUNDARY}x\r\n\r\n`), /text behind it/],
    ['too large a part', multipart([new Uint8Array(2000)]), /2000 bytes in part 1/],
    ['a part without end', multipart([new Uint8Array(9000)], false), /more than .* in part 1/],
  ])('with %s is an error', (_name, bytes, message) => {
    expect(() => parse(bytes, [], 1000)).toThrow(message);
    expect(() => parse(bytes, [7], 1000)).toThrow(
      expect.objectContaining({ code: 'DICOMWEB_INVALID' }),
    );
  });
});

describe('a media type', () => {
  it.each([
    [null, '', {}],
    ['Image/JPEG', 'image/jpeg', {}],
    [
      'multipart/related; type="application/octet-stream"; boundary="a;\\"b"',
      'multipart/related',
      { type: 'application/octet-stream', boundary: 'a;"b' },
    ],
    // As Orthanc 1.10 writes it.
    [
      'multipart/related; type="image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50"; boundary=b-1',
      'multipart/related',
      { type: 'image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50', boundary: 'b-1' },
    ],
  ])('%s', (text, type, parameters) => {
    const parsed = parseMediaType(text);
    expect([parsed.type, Object.fromEntries(parsed.parameters)]).toEqual([type, parameters]);
  });
});
