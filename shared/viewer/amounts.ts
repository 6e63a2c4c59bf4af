/**
 * Amounts as people read them: as many digits as they are good for, in the unit that suits.
 *
 * @module
 */

/** Digits of what was measured or divided. */
const DIGITS = 3;
const NO_BREAK = '\u00a0';

/** A count, exact. */
export function countText(count: number): string {
  return count.toLocaleString('en-GB');
}

/** A number with three significant digits, without zeros at its end. */
export function roundedText(value: number): string {
  const rounded = Number(value.toPrecision(DIGITS));
  return rounded.toLocaleString('en-GB', { maximumSignificantDigits: DIGITS });
}

/** An area; below a hundredth of a square millimetre in square micrometres. */
export function areaText(mm2: number): string {
  return mm2 < 0.01
    ? `${roundedText(mm2 * 1e6)}${NO_BREAK}µm²`
    : `${roundedText(mm2)}${NO_BREAK}mm²`;
}

/** The size of a file; decimal units, as disks and networks have them. */
export function bytesText(bytes: number): string {
  const units = ['KB', 'MB', 'GB', 'TB'];
  let [value, unit] = [Math.max(bytes, 1) / 1000, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  const digits = value < 9.95 && unit > 0 ? 1 : 0;
  return `${Math.max(value, 10 ** -digits).toFixed(digits)}${NO_BREAK}${units[unit]}`;
}

/** A time; hundredths of a second below ten. */
export function secondsText(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)}${NO_BREAK}s`;
  if (seconds < 59.5) return `${Math.round(seconds)}${NO_BREAK}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}${NO_BREAK}min ${whole % 60}${NO_BREAK}s`;
}
