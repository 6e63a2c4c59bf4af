/**
 * Where nuclei are dense, and of which class: a picture to be laid over a thumbnail.
 *
 * @module
 */
import sharp from 'sharp';
import type { Size } from '../../shared/image/source.ts';
import type { DensityCells } from './density-grid.ts';
import { parseColour } from './overlay.ts';

/** Cells over which a count is spread, as the standard deviation of a Gaussian. */
const SIGMA_CELLS = 1.1;
/** Of the cells with nuclei, those below are not as strong as the strongest colour. */
const TOP_SHARE = 0.98;
const STRONGEST = 0.7;
/** Weak densities are still to be seen: opacity grows with this power of the density. */
const GAMMA = 0.6;

export interface HeatMap {
  /** A PNG with transparency. */
  readonly png: Uint8Array;
  /** The density from which on the colour is strongest, in nuclei per square millimetre. */
  readonly topPerMm2: number;
}

/**
 * Colours each cell by the classes in it, weighted, and more strongly the denser it is.
 *
 * @param colours `#rrggbb` by class.
 * @param size Of the picture: that of the whole image at some resolution.
 * @param image Size of the image at full resolution.
 */
export async function drawHeatMap(
  grid: DensityCells,
  colours: readonly string[],
  size: Size,
  image: Size,
): Promise<HeatMap> {
  const parsed = colours.map(parseColour);
  const smooth = grid.counts.map((counts) => blurred(counts, grid));
  const cells = grid.width * grid.height;
  const totals = new Float32Array(cells);
  for (const one of smooth) for (let i = 0; i < cells; i++) totals[i]! += one[i]!;
  const seen = totals.filter((value) => value > 0.05).sort();
  const top = Math.max(seen[Math.floor((seen.length - 1) * TOP_SHARE)] ?? 0, 1e-6);
  const rgba = new Uint8Array(cells * 4);
  for (let i = 0; i < cells; i++) {
    const total = totals[i]!;
    if (total <= 0) continue;
    for (const [kind, colour] of parsed.entries()) {
      const weight = smooth[kind]![i]! / total;
      for (let c = 0; c < 3; c++) rgba[i * 4 + c]! += Math.round(weight * colour[c]!);
    }
    rgba[i * 4 + 3] = Math.round(255 * STRONGEST * Math.min(1, total / top) ** GAMMA);
  }
  const raw = { width: grid.width, height: grid.height, channels: 4 as const };
  // The last column and row of cells may lie partly beyond the image.
  const whole = {
    width: Math.max(1, Math.round((grid.width * grid.cellPx * size.width) / image.width)),
    height: Math.max(1, Math.round((grid.height * grid.cellPx * size.height) / image.height)),
  };
  const large = await sharp(rgba, { raw })
    .resize({ ...whole, fit: 'fill', kernel: 'cubic' })
    .png()
    .toBuffer();
  const png = await sharp(large)
    .extract({
      left: 0,
      top: 0,
      width: Math.min(size.width, whole.width),
      height: Math.min(size.height, whole.height),
    })
    .resize({ width: size.width, height: size.height, fit: 'fill' })
    .png({ palette: false })
    .toBuffer();
  return { png, topPerMm2: top / grid.cellMm2 };
}

/** Spread over its neighbours, rows first and then columns; the sum stays, but for what leaves the image. */
function blurred(counts: Uint32Array, { width, height }: Size): Float32Array {
  const reach = Math.ceil(3 * SIGMA_CELLS);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * SIGMA_CELLS ** 2)),
  );
  const sum = kernel.reduce((a, b) => a + b, 0);
  const pass = (from: ArrayLike<number>, dx: number, dy: number) => {
    const to = new Float32Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = from[y * width + x]!;
        if (value === 0) continue;
        for (const [i, weight] of kernel.entries()) {
          const toX = x + (i - reach) * dx;
          const toY = y + (i - reach) * dy;
          if (toX < 0 || toY < 0 || toX >= width || toY >= height) continue;
          to[toY * width + toX]! += (value * weight) / sum;
        }
      }
    }
    return to;
  };
  return pass(pass(counts, 1, 0), 0, 1);
}
