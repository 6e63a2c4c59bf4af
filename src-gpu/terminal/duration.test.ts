import { expect, it } from 'vitest';
import { durationText } from './duration.ts';

it.each([
  [0, '0 s'],
  [0.2, '1 s'],
  [89, '89 s'],
  [90, '2 min'],
  [3600, '60 min'],
  [7200, '2 h'],
  [12_000, '3 h 20 min'],
])('%s seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
