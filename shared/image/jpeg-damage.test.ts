import { expect, it } from 'vitest';
import { tellsOfDamage } from './jpeg-damage.ts';

it.each([
  ['VipsJpeg: Corrupt JPEG data: premature end of data segment', true],
  ['VipsJpeg: Premature end of JPEG file', true],
  ['Corrupt JPEG data: bad Huffman code', true],
  ['Corrupt JPEG data: found marker 0xd9 instead of RST3', true],
  ['Corrupt JPEG data: 26 extraneous bytes before marker 0xc4', true],
  ['Corrupt JPEG data: 852 extraneous bytes before marker 0xd9', true],
  ['Corrupt JPEG data: 8 extraneous bytes before marker 0xd9', false],
  ['Unknown Adobe color transform code 3', false],
])('%s', (warning, isDamage) => expect(tellsOfDamage(warning)).toBe(isDamage));
