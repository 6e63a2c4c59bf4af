/**
 * Capitals, digits and signs in 5x7 pixels, so that a legend can be written on a machine without fonts.
 *
 * @module
 */
import type { Raster } from '../../shared/image/raster.ts';

/** Pixels from one character to the next at scale 1. */
const glyphAdvancePx = 6;
/** Pixels from one line to the next at scale 1. */
export const lineAdvancePx = 10;

/** Seven rows per character from the top, one base-32 digit each; its highest bit is the left pixel. */
const glyphs: Readonly<Record<string, string>> = {
  A: 'ehhvhhh',
  B: 'uhhuhhu',
  C: 'ehggghe',
  D: 'sihhhis',
  E: 'vgguggv',
  F: 'vgguggg',
  G: 'ehgnhhf',
  H: 'hhhvhhh',
  I: 'e44444e',
  J: '72222ic',
  K: 'hikokih',
  L: 'ggggggv',
  M: 'hrllhhh',
  N: 'hhpljhh',
  O: 'ehhhhhe',
  P: 'uhhuggg',
  Q: 'ehhhlid',
  R: 'uhhukih',
  S: 'fgge11u',
  T: 'v444444',
  U: 'hhhhhhe',
  V: 'hhhhha4',
  W: 'hhhllla',
  X: 'hha4ahh',
  Y: 'hhha444',
  Z: 'v1248gv',
  0: 'ehjlphe',
  1: '4c4444e',
  2: 'eh1248v',
  3: 'v2421he',
  4: '26aiv22',
  5: 'vgu11he',
  6: '68guhhe',
  7: 'v124888',
  8: 'ehhehhe',
  9: 'ehhf12c',
  ' ': '0000000',
  '.': '00000cc',
  ',': '0000cc8',
  ':': '0cc0cc0',
  '-': '000v000',
  _: '000000v',
  '/': '01248g0',
  '+': '044v440',
  '%': 'op248j3',
  '(': '2488842',
  ')': '8422248',
};

/** What stands for a character that the font lacks. */
const unknownGlyph = 'vhhhhhv';

/** Width of `text` in pixels at `scale`. */
export function textWidth(text: string, scale: number): number {
  return [...text].length * glyphAdvancePx * scale;
}

/**
 * Writes `text` in capitals with its top left corner at (x, y); what lies outside the raster is cut.
 *
 * @param colour R, G, B in 0..255.
 */
export function drawText(
  raster: Raster,
  text: string,
  x: number,
  y: number,
  scale: number,
  colour: readonly [number, number, number],
): void {
  [...text.toUpperCase()].forEach((character, index) => {
    const glyph = glyphs[character] ?? unknownGlyph;
    const left = x + index * glyphAdvancePx * scale;
    for (let dy = 0; dy < 7 * scale; dy++) {
      const bits = Number.parseInt(glyph[Math.floor(dy / scale)]!, 32);
      for (let dx = 0; dx < 5 * scale; dx++) {
        const isInk = (bits >> (4 - Math.floor(dx / scale))) & 1;
        const isInside = left + dx < raster.width && y + dy < raster.height;
        if (isInk && isInside) raster.data.set(colour, ((y + dy) * raster.width + left + dx) * 3);
      }
    }
  });
}
