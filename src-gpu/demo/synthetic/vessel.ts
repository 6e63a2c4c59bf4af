/**
 * Capillaries and venules: a thin wall of flat cells around blood.
 *
 * @module
 */

import type { Random } from '../../../shared/random.ts';
import { Contour } from './contour.ts';
import type { Crowd } from './crowd.ts';
import { type Frame, touchesFrame } from './frame.ts';
import { smoothstep } from './noise.ts';
import { endothelialNucleus } from './nucleus.ts';
import type { StainPlanes } from './stain.ts';

/** A red cell, seen from some side. Micrometres. */
export interface RedCell {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly long: number;
  readonly short: number;
}

/** A vessel with its blood. */
export interface Vessel {
  readonly contour: Contour;
  readonly redCells: readonly RedCell[];
}

const WALL_UM = 1.6;

/** A vessel that runs along `angle`; some are full of red cells, some nearly empty. */
export function makeVessel(x: number, y: number, angle: number, random: Random): Vessel {
  const short = random.uniform(4.5, 9);
  const long = short * random.uniform(1.1, 3.2);
  const contour = new Contour({ x, y, short, long, angle, roughness: 0.06 }, random);
  const redCells: RedCell[] = [];
  const wanted = random.uniform(0, 1.2) * ((long * short) / 7);
  for (let dart = 0; dart < 6 * wanted && redCells.length < wanted; dart++) {
    const px = x + random.uniform(-long, long);
    const py = y + random.uniform(-long, long);
    if (contour.depth(px, py) < WALL_UM + 2.2) continue;
    if (redCells.some((cell) => Math.hypot(cell.x - px, cell.y - py) < 4.6)) continue;
    const cellLong = random.uniform(2.7, 3.4);
    redCells.push({
      x: px,
      y: py,
      angle: random.uniform(0, Math.PI),
      long: cellLong,
      short: cellLong * random.uniform(0.6, 1),
    });
  }
  return { contour, redCells };
}

/** Sets flat nuclei along the wall, here and there. */
export function lineVessel(vessel: Vessel, frame: Frame, crowd: Crowd, random: Random): void {
  const { contour } = vessel;
  let arc = random.uniform(0, 10);
  while (arc < contour.perimeter) {
    const theta = contour.angleAtArc(arc);
    const foot = contour.at(theta);
    const nucleus = endothelialNucleus(
      { x: foot.x, y: foot.y, angle: foot.normal - Math.PI / 2 },
      contour.radius(theta),
      random,
    );
    if (touchesFrame(frame, nucleus.x, nucleus.y, 0)) crowd.add(nucleus, 0.95);
    arc += random.uniform(14, 26);
  }
}

/** Draws wall, plasma and red cells. */
export function paintVessel(planes: StainPlanes, vessel: Vessel): void {
  const { width, height, mpp, haematoxylin, eosin, blood } = planes;
  const { contour } = vessel;
  const reach = contour.maxRadius + 2;
  const left = Math.max(0, Math.floor((contour.x - reach) / mpp));
  const right = Math.min(width, Math.ceil((contour.x + reach) / mpp));
  const top = Math.max(0, Math.floor((contour.y - reach) / mpp));
  const bottom = Math.min(height, Math.ceil((contour.y + reach) / mpp));
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const x = (column + 0.5) * mpp;
      const y = (row + 0.5) * mpp;
      const depth = contour.depth(x, y);
      if (depth < -2) continue;
      const at = row * width + column;
      const inside = smoothstep(-0.5, 0.5, depth);
      const wall = Math.exp(-(((depth - WALL_UM / 2) / (WALL_UM / 2)) ** 2));
      haematoxylin[at] = haematoxylin[at]! * (1 - inside) + 0.12 * wall;
      eosin[at] = eosin[at]! * (1 - inside) + 0.04 * inside + 0.36 * wall;
      for (const cell of vessel.redCells) {
        const dx = x - cell.x;
        const dy = y - cell.y;
        const u = (dx * Math.cos(cell.angle) + dy * Math.sin(cell.angle)) / cell.long;
        const v = (dy * Math.cos(cell.angle) - dx * Math.sin(cell.angle)) / cell.short;
        const radius = Math.hypot(u, v);
        if (radius > 1.4) continue;
        const cover = smoothstep(-0.4, 0.4, (1 - radius) * cell.short);
        // Biconcave: paler in the middle.
        const depthHere = 0.78 - 0.22 * Math.exp(-6 * radius * radius);
        blood[at] = Math.max(blood[at]!, cover * depthHere);
      }
    }
  }
}
