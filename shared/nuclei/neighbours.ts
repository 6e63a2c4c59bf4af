import KDBush from 'kdbush';
import type { Nuclei } from './nuclei.ts';

/**
 * Which nuclei lie near one another.
 *
 * @param radiusPx In the pixels of the coordinates, positive.
 * @returns Of a row: the other rows that are nearer than `radiusPx`.
 */
export function neighbours(nuclei: Nuclei, radiusPx: number): (row: number) => number[] {
  const { x, y, length } = nuclei;
  if (length === 0) {
    return () => [];
  }
  const index = new KDBush(length, 16, Float32Array);
  for (let row = 0; row < length; row++) {
    index.add(x[row]!, y[row]!);
  }
  index.finish();
  return (row) =>
    index
      .within(x[row]!, y[row]!, radiusPx)
      .filter(
        (other) =>
          other !== row && (x[other]! - x[row]!) ** 2 + (y[other]! - y[row]!) ** 2 < radiusPx ** 2,
      );
}
