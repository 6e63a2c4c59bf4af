import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventLines } from './event-lines.ts';

const TEXT = `retry: 3000

id: 1
event: status
data: {"status":"running"}

: keep-alive

id: 2
event: chunk
data: {"a":
data:  1}

data: bare

id: 3
event: lost
`;
const EVENTS = [
  { id: '1', type: 'status', data: '{"status":"running"}' },
  { id: '2', type: 'chunk', data: '{"a":\n 1}' },
  { id: '2', type: 'message', data: 'bare' },
];

it('gives the same events wherever the text was cut, and however lines end', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(TEXT.length)),
      fc.constantFrom('\n', '\r\n', '\r'),
      (cuts, lineEnd) => {
        const text = TEXT.replaceAll('\n', lineEnd);
        const lines = new EventLines();
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const events = places.flatMap((from, i) => lines.take(text.slice(from, places[i + 1])));
        // A bare CR at the end of a piece may be half of a line end, so the last event waits for more.
        expect([...events, ...lines.take('\n')].slice(0, 3)).toEqual(EVENTS);
      },
    ),
  );
});
