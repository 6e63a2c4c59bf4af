/**
 * Draws what lies between the glands: collagen in bundles with gaps between them, the pale ground of
 * lymphoid aggregates, bodies of plasma cells.
 *
 * @module
 */

import { type Random, streamFor } from '../../../shared/random.ts';
import type { Contour } from './contour.ts';
import { type FibreField, smearAlong } from './fibres.ts';
import type { TissueLayout } from './layout.ts';
import { type Plane, sampleNearest, smoothNoise, smoothstep } from './noise.ts';
import type { PlasmaCell } from './populate.ts';
import type { StainPlanes } from './stain.ts';
import type { TissueTexture } from './texture.ts';

/** Resolution at which bundles are drawn; they are several micrometres wide. */
const BUNDLE_MPP = 1.5;

/** Fills the whole image with stroma. */
export function paintStroma(
  planes: StainPlanes,
  layout: TissueLayout,
  texture: TissueTexture,
  seed: number,
): void {
  const { width, height, mpp, haematoxylin, eosin } = planes;
  const random = streamFor(seed, 'collagen');
  const fibrils = drawFibrils(layout.fibres, width, height, mpp, random).data;
  const bundleMpp = Math.max(mpp, BUNDLE_MPP);
  const bundles = smearAlong(
    layout.fibres,
    smoothNoise(
      Math.ceil((width * mpp) / bundleMpp) + 1,
      Math.ceil((height * mpp) / bundleMpp) + 1,
      3.2 / bundleMpp,
      random,
    ),
    bundleMpp,
    2.6,
    9,
  );
  const looseness = random.uniform(-0.3, 0.3);
  const zoom = mpp / bundleMpp;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      const bundle = sampleBilinear(bundles, (column + 0.5) * zoom - 0.5, (row + 0.5) * zoom - 0.5);
      const fibril = fibrils[at]!;
      const loose = texture.patches.data[at]! + looseness;
      const gap = smoothstep(1.05, 1.9, 0.5 * loose - 0.7 * bundle - 0.42 * fibril);
      const dense = Math.max(0.15, 1 + 0.2 * bundle + 0.22 * fibril - 0.12 * loose);
      const left = 1 - 0.88 * gap;
      eosin[at] = 0.37 * dense * left;
      haematoxylin[at] = (0.05 + 0.02 * texture.mottle.data[at]!) * left;
    }
  }
  for (const aggregate of layout.aggregates) paintAggregate(planes, aggregate, texture);
}

/** Fine streaks. Smeared twice, the second time in longer steps: ten samples do the work of thirty. */
function drawFibrils(
  fibres: FibreField,
  width: number,
  height: number,
  mpp: number,
  random: Random,
): Plane {
  const grainUm = Math.max(mpp, 0.7);
  const noise = smoothNoise(width, height, grainUm / mpp, random);
  const short = smearAlong(fibres, noise, mpp, 0.8 * grainUm, 2);
  return smearAlong(fibres, short, mpp, 4 * grainUm, 3);
}

/** Little collagen, a net of fine processes, white cracks between the cells. */
function paintAggregate(planes: StainPlanes, aggregate: Contour, texture: TissueTexture): void {
  const { width, height, mpp, haematoxylin, eosin } = planes;
  const reach = aggregate.maxRadius + 12;
  const left = Math.max(0, Math.floor((aggregate.x - reach) / mpp));
  const right = Math.min(width, Math.ceil((aggregate.x + reach) / mpp));
  const top = Math.max(0, Math.floor((aggregate.y - reach) / mpp));
  const bottom = Math.min(height, Math.ceil((aggregate.y + reach) / mpp));
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = row * width + column;
      const broad = texture.mottle.data[at]!;
      const depth = aggregate.depth((column + 0.5) * mpp, (row + 0.5) * mpp) + 4 * broad;
      const inside = smoothstep(-10, 8, depth);
      const net = smoothstep(-1.4, 1.2, 0.6 * broad + 0.8 * texture.grain.data[at]!);
      eosin[at] = eosin[at]! * (1 - inside) + inside * (0.08 + 0.2 * net);
      haematoxylin[at] = haematoxylin[at]! * (1 - inside) + inside * (0.06 + 0.18 * net);
    }
  }
}

/** Purple cytoplasm with a pale court beside the nucleus (the Golgi field). */
export function paintPlasmaCell(
  planes: StainPlanes,
  cell: PlasmaCell,
  texture: TissueTexture,
): void {
  const { width, height, mpp, haematoxylin, eosin } = planes;
  const [long, short] = [6.4, 4.6];
  const left = Math.max(0, Math.floor((cell.x - long - 1) / mpp));
  const right = Math.min(width, Math.ceil((cell.x + long + 1) / mpp));
  const top = Math.max(0, Math.floor((cell.y - long - 1) / mpp));
  const bottom = Math.min(height, Math.ceil((cell.y + long + 1) / mpp));
  const cosine = Math.cos(cell.angle);
  const sine = Math.sin(cell.angle);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const dx = (column + 0.5) * mpp - cell.x;
      const dy = (row + 0.5) * mpp - cell.y;
      const u = dx * cosine + dy * sine;
      const v = dy * cosine - dx * sine;
      const cover = smoothstep(-0.7, 0.7, (1 - Math.hypot(u / long, v / short)) * short);
      const court = 0.5 * Math.exp(-((u - 1.9) ** 2 + v * v) / 3);
      const at = row * width + column;
      const cytoplasm = cover * (1 - court) * (1 + 0.2 * texture.grain.data[at]!);
      eosin[at] = eosin[at]! * (1 - cover) + 0.38 * cytoplasm;
      haematoxylin[at] = haematoxylin[at]! * (1 - cover) + 0.32 * cytoplasm;
    }
  }
}

function sampleBilinear(plane: Plane, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const s = x - left;
  const t = y - top;
  return (
    (1 - t) *
      ((1 - s) * sampleNearest(plane, left, top) + s * sampleNearest(plane, left + 1, top)) +
    t *
      ((1 - s) * sampleNearest(plane, left, top + 1) + s * sampleNearest(plane, left + 1, top + 1))
  );
}
