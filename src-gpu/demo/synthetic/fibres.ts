/**
 * Collagen: a field of directions, and streaks along it by line integral convolution (Cabral and
 * Leedom, SIGGRAPH 1993).
 *
 * @module
 */

import type { Random } from '../../../shared/random.ts';
import type { Contour } from './contour.ts';
import type { Frame } from './frame.ts';
import { type Plane, sampleNearest, smoothNoise } from './noise.ts';

/** Spacing of the direction field, micrometres. */
const SPACING_UM = 2;
/** How far a gland or vessel bends the fibres around it. */
const WRAP_UM = 16;

/** Directions of fibres (unit vectors; their sign means nothing) on a grid over the frame. */
export interface FibreField {
  readonly frame: Frame;
  readonly cosine: Plane;
  readonly sine: Plane;
}

/** Fibres that wave about one main direction and run around the outlines. */
export function fibreField(
  frame: Frame,
  around: readonly Contour[],
  main: number,
  random: Random,
): FibreField {
  const width = Math.ceil((frame.width + 2 * frame.margin) / SPACING_UM) + 1;
  const height = Math.ceil((frame.height + 2 * frame.margin) / SPACING_UM) + 1;
  const swirl = smoothNoise(width, height, 130 / SPACING_UM, random).data;
  const wave = smoothNoise(width, height, 22 / SPACING_UM, random).data;
  const cosine = new Float32Array(width * height);
  const sine = new Float32Array(width * height);
  // Directions are averaged at twice their angle, where a line and its reverse are one.
  for (let i = 0; i < cosine.length; i++) {
    const angle = 2 * (main + 0.55 * swirl[i]! + 0.24 * wave[i]!);
    cosine[i] = Math.cos(angle);
    sine[i] = Math.sin(angle);
  }
  for (const contour of around) {
    const reach = contour.maxRadius + 3 * WRAP_UM;
    const [left, right] = gridSpan(contour.x - reach, contour.x + reach, frame.margin, width);
    const [top, bottom] = gridSpan(contour.y - reach, contour.y + reach, frame.margin, height);
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const x = column * SPACING_UM - frame.margin;
        const y = row * SPACING_UM - frame.margin;
        const theta = contour.angleTo(x, y);
        const outside = Math.max(0, -contour.depth(x, y, theta));
        const weight = 3 * Math.exp(-outside / WRAP_UM);
        const tangent = 2 * (contour.at(theta).normal + Math.PI / 2);
        const i = row * width + column;
        cosine[i] = cosine[i]! + weight * Math.cos(tangent);
        sine[i] = sine[i]! + weight * Math.sin(tangent);
      }
    }
  }
  for (let i = 0; i < cosine.length; i++) {
    const angle = Math.atan2(sine[i]!, cosine[i]!) / 2;
    cosine[i] = Math.cos(angle);
    sine[i] = Math.sin(angle);
  }
  return {
    frame,
    cosine: { width, height, data: cosine },
    sine: { width, height, data: sine },
  };
}

/** Direction of the fibres at a point, radians. */
export function fibreAngle(field: FibreField, x: number, y: number): number {
  const column = (x + field.frame.margin) / SPACING_UM;
  const row = (y + field.frame.margin) / SPACING_UM;
  return Math.atan2(
    sampleNearest(field.sine, column, row),
    sampleNearest(field.cosine, column, row),
  );
}

/**
 * Smears a plane along the fibres: each pixel becomes the sum over the line through it, scaled so that
 * independent samples keep their variance.
 *
 * @param plane Noise at `mpp` micrometres per pixel, its top left corner at (0, 0).
 * @param stepUm Distance from sample to sample.
 * @param steps Samples to either side.
 */
export function smearAlong(
  field: FibreField,
  plane: Plane,
  mpp: number,
  stepUm: number,
  steps: number,
): Plane {
  const { width, height, data: source } = plane;
  const data = new Float32Array(width * height);
  const step = stepUm / mpp;
  const scale = mpp / SPACING_UM;
  const offset = field.frame.margin / SPACING_UM;
  const { data: cosine, width: columns } = field.cosine;
  const sine = field.sine.data;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let sum = source[row * width + column]!;
      let count = 1;
      for (let way = -1; way <= 1; way += 2) {
        let x = column + 0.5;
        let y = row + 0.5;
        let aheadX = 0;
        let aheadY = 0;
        for (let i = 0; i < steps; i++) {
          const at = ((y * scale + offset) | 0) * columns + ((x * scale + offset) | 0);
          const c = cosine[at]!;
          const s = sine[at]!;
          const sign = i === 0 ? way : c * aheadX + s * aheadY < 0 ? -1 : 1;
          aheadX = sign * c;
          aheadY = sign * s;
          x += aheadX * step;
          y += aheadY * step;
          if (x < 0 || y < 0 || x >= width || y >= height) break;
          sum += source[(y | 0) * width + (x | 0)]!;
          count++;
        }
      }
      data[row * width + column] = sum / Math.sqrt(count);
    }
  }
  return { width, height, data };
}

function gridSpan(from: number, to: number, margin: number, size: number): [number, number] {
  return [
    Math.max(0, Math.floor((from + margin) / SPACING_UM)),
    Math.min(size, Math.ceil((to + margin) / SPACING_UM) + 1),
  ];
}
