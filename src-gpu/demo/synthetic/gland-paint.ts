/**
 * Draws glands into stain space: cytoplasm, cell borders, brush border, mucin, lumen.
 *
 * @module
 */
import type { FilledGland, Vacuole } from './gland.ts';
import { type Plane, smoothstep } from './noise.ts';
import type { StainPlanes } from './stain.ts';
import type { TissueTexture } from './texture.ts';

const MEMBRANE_BINS = 1024;
const TURN = 2 * Math.PI;

/** Draws everything of a gland but its nuclei. */
export function paintGland(planes: StainPlanes, gland: FilledGland, texture: TissueTexture): void {
  const { width, height, mpp, haematoxylin, eosin } = planes;
  const { contour, cellHeight, atypia, cleft } = gland;
  const reach = contour.maxRadius + cleft + 2;
  const left = Math.max(0, Math.floor((contour.x - reach) / mpp));
  const right = Math.min(width, Math.ceil((contour.x + reach) / mpp));
  const top = Math.max(0, Math.floor((contour.y - reach) / mpp));
  const bottom = Math.min(height, Math.ceil((contour.y + reach) / mpp));
  const borders = membraneTable(gland);
  const { grain, mottle } = texture;

  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const x = (column + 0.5) * mpp;
      const y = (row + 0.5) * mpp;
      const theta = contour.angleTo(x, y);
      const at = row * width + column;
      const fine = grain.data[at]!;
      const broad = mottle.data[at]!;
      const depth = contour.depth(x, y, theta) + 0.35 * broad;
      if (depth < -cleft - 2) continue;
      // The stroma has shrunk from part of the outline only.
      const gap = cleft * smoothstep(-0.2, 0.6, Math.sin(theta + cleft) + 0.3 * broad);
      const torn = smoothstep(-gap - 1, -gap, depth) * Math.min(1, gap);
      const inside = smoothstep(-0.6, 0.4, depth);
      const kept = 1 - Math.max(inside, 0.93 * torn);
      haematoxylin[at] = haematoxylin[at]! * kept;
      eosin[at] = eosin[at]! * kept;
      if (inside === 0) continue;

      const apex = cellHeight + 1.3 * broad;
      const cell = inside * (1 - smoothstep(apex - 0.6, apex + 0.6, depth));
      const along = Math.min(1, Math.max(0, depth / apex));
      const border = borders[Math.floor((theta / TURN) * MEMBRANE_BINS) % MEMBRANE_BINS]!;
      const brush = Math.exp(-(((depth - apex + 0.8) / 0.8) ** 2));
      const basement = Math.exp(-(((depth - 0.1) / 0.7) ** 2));
      const granules = 1 + 0.2 * fine + 0.12 * broad;
      haematoxylin[at] =
        haematoxylin[at]! +
        cell * granules * (0.11 + 0.1 * atypia + 0.08 * (1 - along) + 0.08 * border);
      eosin[at] =
        eosin[at]! +
        cell * granules * (0.27 - 0.06 * along + 0.12 * border + 0.3 * brush + 0.25 * basement);
      const lumen = inside - cell;
      if (lumen > 0) paintLumen(planes, at, lumen, atypia, texture);
    }
  }
  for (const vacuole of gland.vacuoles) paintVacuole(planes, vacuole, mottle, grain);
}

/** A wash of mucus; in a tumour's gland crumbs of dead cells. */
function paintLumen(
  planes: StainPlanes,
  at: number,
  lumen: number,
  atypia: number,
  texture: TissueTexture,
): void {
  const broad = texture.mottle.data[at]!;
  const fine = texture.grain.data[at]!;
  const mucus = smoothstep(-0.2, 2, texture.patches.data[at]! + 0.3 * broad + 0.2 * fine);
  const crumbs =
    atypia > 0.5 ? smoothstep(0.9, 1.6, texture.patches.data[at]! + 0.5 * broad + 0.25 * fine) : 0;
  planes.haematoxylin[at] =
    planes.haematoxylin[at]! + lumen * (0.015 + 0.07 * mucus + 0.14 * crumbs);
  planes.eosin[at] =
    planes.eosin[at]! + lumen * (0.015 + 0.04 * mucus + 0.36 * crumbs * (1 + 0.3 * fine));
}

/** Mucin is washed out: pale, a little blue, with a thin rim of cytoplasm pressed against it. */
function paintVacuole(planes: StainPlanes, vacuole: Vacuole, mottle: Plane, grain: Plane): void {
  const { width, height, mpp, haematoxylin, eosin } = planes;
  const reach = vacuole.long + 1.5;
  const left = Math.max(0, Math.floor((vacuole.x - reach) / mpp));
  const right = Math.min(width, Math.ceil((vacuole.x + reach) / mpp));
  const top = Math.max(0, Math.floor((vacuole.y - reach) / mpp));
  const bottom = Math.min(height, Math.ceil((vacuole.y + reach) / mpp));
  const cosine = Math.cos(vacuole.angle);
  const sine = Math.sin(vacuole.angle);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const dx = (column + 0.5) * mpp - vacuole.x;
      const dy = (row + 0.5) * mpp - vacuole.y;
      const u = (dx * cosine + dy * sine) / vacuole.long;
      const v = (dy * cosine - dx * sine) / vacuole.short;
      const at = row * width + column;
      const broad = mottle.data[at]!;
      const depth = (1 + 0.05 * broad - Math.hypot(u, v)) * vacuole.short;
      if (depth < -1) continue;
      const mucin = smoothstep(-0.3, 0.5, depth);
      const rim = Math.exp(-(((depth + 0.2) / 0.45) ** 2));
      const foam = Math.max(0, 1 + 0.5 * broad + 0.3 * grain.data[at]!);
      haematoxylin[at] = haematoxylin[at]! * (1 - 0.93 * mucin) + 0.06 * mucin * foam + 0.1 * rim;
      eosin[at] = eosin[at]! * (1 - 0.95 * mucin) + 0.02 * mucin * foam + 0.08 * rim;
    }
  }
}

/** How near the next lateral membrane is, by direction: 1 on it, 0 half a cell away. */
function membraneTable(gland: FilledGland): Float32Array {
  const table = new Float32Array(MEMBRANE_BINS);
  for (const theta of gland.membranes) {
    const radius = gland.contour.radius(theta) - gland.cellHeight / 2;
    const widthBins = ((0.5 / Math.max(8, radius)) * MEMBRANE_BINS) / TURN;
    const centre = (theta / TURN) * MEMBRANE_BINS;
    const reach = Math.ceil(3 * widthBins);
    for (let i = -reach; i <= reach; i++) {
      const bin = Math.floor(centre) + i;
      const far = (bin + 0.5 - centre) / widthBins;
      const wrapped = ((bin % MEMBRANE_BINS) + MEMBRANE_BINS) % MEMBRANE_BINS;
      table[wrapped] = Math.max(table[wrapped]!, Math.exp(-0.5 * far * far));
    }
  }
  return table;
}
