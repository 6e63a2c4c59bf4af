/**
 * Colours as formats want them.
 *
 * @module
 */

/** Of a nucleus whose class nobody knows. */
export const UNKNOWN_COLOUR = '#808080';

/** `#d55e00` to `[213, 94, 0]`. */
export function rgbOf(colour: string): readonly [red: number, green: number, blue: number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The number that Aperio and HALO write: blue, green and red from the highest byte to the lowest. */
export function bgrNumber(colour: string): number {
  const [red, green, blue] = rgbOf(colour);
  return (blue << 16) | (green << 8) | red;
}
