/**
 * Fields without tissue: whatever is found there is invented.
 *
 * @module
 */
import type { Raster } from '../../../shared/image/raster.ts';
import { streamFor } from '../../../shared/random.ts';

export interface EmptyField {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly raster: Raster;
}

type Rgb = readonly [r: number, g: number, b: number];

/** Eosin and haematoxylin as they look in a slide. */
const PINK: Rgb = [233, 166, 196];
const PURPLE: Rgb = [86, 61, 138];

/** @param sidePx Pixels of a side; all fields are square. */
export function emptyFields(sidePx: number): EmptyField[] {
  const random = streamFor(1, 'noise');
  const last = Math.max(1, sidePx - 1);
  const field = (id: string, name: string, colourAt: (x: number, y: number) => Rgb): EmptyField => {
    const data = new Uint8Array(sidePx * sidePx * 3);
    for (let y = 0; y < sidePx; y++) {
      for (let x = 0; x < sidePx; x++) data.set(colourAt(x, y), (y * sidePx + x) * 3);
    }
    return { id, name, raster: { width: sidePx, height: sidePx, data } };
  };
  const byte = () => random.bits() >>> 24;
  const grey = (value: number): Rgb => [value, value, value];
  return [
    field('noise', 'noise', () => [byte(), byte(), byte()]),
    field('blank', 'blank (white)', () => grey(255)),
    field('black', 'black', () => grey(0)),
    field('gradient', 'gradient from black to white', (x) => grey(Math.round((255 * x) / last))),
    field('stain-gradient', 'gradient from pink to purple', (x, y) =>
      between(PINK, PURPLE, (x + y) / (2 * last)),
    ),
  ];
}

function between(from: Rgb, to: Rgb, share: number): Rgb {
  const [r, g, b] = from.map((value, i) => Math.round(value + share * (to[i]! - value)));
  return [r!, g!, b!];
}
