import { expect, it } from 'vitest';
import { areaText, bytesText, countText, roundedText, secondsText } from './amounts.ts';

const spaced = (text: string) => text.replaceAll('\u00a0', ' ');

it.each([
  [0.49899998, '0.499'],
  [0.5, '0.5'],
  [0.25210001, '0.252'],
  [5374.2, '5,370'],
  [12.34, '12.3'],
  [0, '0'],
  [1_234_567, '1,230,000'],
])('%d is rounded to %s', (value, text) => {
  expect(roundedText(value)).toBe(text);
});

it.each([
  [0.000_42, '420 µm²'],
  [0.009_99, '9,990 µm²'],
  [0.0512, '0.0512 mm²'],
  [214.63, '215 mm²'],
])('an area of %d mm² is %s', (mm2, text) => {
  expect(spaced(areaText(mm2))).toBe(text);
});

it.each([
  [0, '1 KB'],
  [1, '1 KB'],
  [999, '1 KB'],
  [12_345, '12 KB'],
  [999_700, '1.0 MB'],
  [1_449_000, '1.4 MB'],
  [25_000_000, '25 MB'],
  [2_100_000_000, '2.1 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(spaced(bytesText(bytes))).toBe(text);
});

it.each([
  [0.254, '0.25 s'],
  [9.996, '10 s'],
  [59.6, '1 min 0 s'],
  [125, '2 min 5 s'],
])('%d seconds are %s', (seconds, text) => {
  expect(spaced(secondsText(seconds))).toBe(text);
});

it('counts are exact', () => {
  expect(countText(1_234_567)).toBe('1,234,567');
});
