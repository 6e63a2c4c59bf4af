/**
 * Glands in cross-section: a layer of tall cells on a basement membrane around a lumen.
 *
 * @module
 */

import type { Random } from '../../../shared/random.ts';
import { Contour } from './contour.ts';
import type { Crowd } from './crowd.ts';
import { type Frame, touchesFrame } from './frame.ts';
import { epithelialNucleus } from './nucleus.ts';

/** A goblet cell's mucin: an oval along `angle`. */
export interface Vacuole {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly long: number;
  readonly short: number;
}

/** A gland. Micrometres. */
export interface Gland {
  /** The basement membrane. */
  readonly contour: Contour;
  /** Height of the epithelium. */
  readonly cellHeight: number;
  /** 0: a crypt of ordered cells; 1: a carcinoma's gland, crowded, with large nuclei. */
  readonly atypia: number;
  /** Part of the cells that are goblet cells. */
  readonly goblets: number;
  /** Width of the white gap where the stroma has shrunk from the gland. */
  readonly cleft: number;
}

/** A gland with its cells in place. */
export interface FilledGland extends Gland {
  readonly vacuoles: readonly Vacuole[];
  /** Directions in which a lateral membrane meets the basement membrane. */
  readonly membranes: readonly number[];
}

/** A gland of either sort; crypts and tumour glands come about equally often. */
export function makeGland(x: number, y: number, random: Random): Gland {
  const atypia = random.chance(0.5) ? random.uniform(0, 0.2) : random.uniform(0.55, 1);
  const short = random.uniform(36, 56) + 10 * atypia;
  const contour = new Contour(
    {
      x,
      y,
      short,
      long: short * random.uniform(1.05, 1.75),
      angle: random.uniform(0, Math.PI),
      roughness: 0.05 + 0.03 * atypia,
    },
    random,
  );
  return {
    contour,
    cellHeight: random.uniform(22, 27) + 5 * atypia,
    atypia,
    goblets: atypia < 0.5 ? random.uniform(0.25, 0.6) : 0,
    cleft: random.chance(0.5) ? random.uniform(2, 6) : 0,
  };
}

/**
 * Lines the basement membrane with cells, row behind row where the gland is stratified.
 *
 * @param crowd Gets the nuclei.
 */
export function fillGland(gland: Gland, frame: Frame, crowd: Crowd, random: Random): FilledGland {
  const { contour, atypia, cellHeight } = gland;
  const vacuoles: Vacuole[] = [];
  const membranes: number[] = [];
  const rows = atypia < 0.5 ? 1 : atypia < 0.8 ? 2 : 3;
  const pitch = 6.1 + 1.2 * atypia;
  for (let row = 0; row < rows; row++) {
    let sinceVacuole = Number.POSITIVE_INFINITY;
    let arc = random.uniform(0, pitch);
    while (arc < contour.perimeter) {
      const foot = contour.at(contour.angleAtArc(arc));
      // Deeper rows stand on a shorter circle.
      const squeeze = contour.radius(contour.angleAtArc(arc)) / (contour.maxRadius + 1);
      const step = pitch * random.uniform(0.85, 1.2) * (1 + (0.25 * row) / Math.max(0.4, squeeze));
      if (row === 0) membranes.push(contour.angleAtArc(Math.max(0, arc - step / 2)));
      if (touchesFrame(frame, foot.x, foot.y, cellHeight))
        placeCell(foot, row, gland, crowd, random);
      sinceVacuole += step;
      if (row === 0 && sinceVacuole > 10 && random.chance(gland.goblets)) {
        const up = Math.min(cellHeight * 0.68, 0.7 * contour.radius(contour.angleAtArc(arc)));
        vacuoles.push({
          x: foot.x + up * Math.cos(foot.normal),
          y: foot.y + up * Math.sin(foot.normal),
          angle: foot.normal,
          long: random.uniform(6, 8),
          short: random.uniform(4, 5.4),
        });
        sinceVacuole = 0;
      }
      arc += step;
    }
  }
  return { ...gland, vacuoles, membranes };
}

/** Tries a few heights for one cell's nucleus; crowded epithelium has them at several. */
function placeCell(
  foot: { readonly x: number; readonly y: number; readonly normal: number },
  row: number,
  { atypia, cellHeight }: Gland,
  crowd: Crowd,
  random: Random,
): void {
  const tightness = random.chance(0.15) ? 0.7 : 0.88;
  for (let dart = 0; dart < 6; dart++) {
    const height = 6 + row * 7.8 + Math.abs(random.normal(0, 1.1 + 0.35 * dart));
    const depth = Math.min(height, cellHeight - random.uniform(5, 9));
    const normal = foot.normal + random.normal(0, 0.08);
    const pose = {
      x: foot.x + depth * Math.cos(normal),
      y: foot.y + depth * Math.sin(normal),
      angle: normal + random.normal(0, 0.14 + 0.25 * atypia),
    };
    if (crowd.add(epithelialNucleus(pose, atypia, random), tightness)) return;
  }
}
