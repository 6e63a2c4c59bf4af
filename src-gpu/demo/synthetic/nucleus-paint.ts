/**
 * Draws nuclei into stain space.
 *
 * @module
 */

import type { Random } from '../../../shared/random.ts';
import { type Plane, sampleNearest, smoothNoise, smoothstep } from './noise.ts';
import type { Nucleus } from './nucleus.ts';
import type { StainPlanes } from './stain.ts';

const TEXTURE_SIZE = 512;
/** Samples per micrometre of the chromatin texture. */
const TEXTURE_SCALE = 6;
/** Part of the texture that a nucleus may start in; its extent must fit in the rest. */
const TEXTURE_START = 320;
/** Width of the dark line along the nuclear membrane. */
const RIM_UM = 0.45;

/** Clumps of chromatin: coarse ones with finer ones between. */
export function chromatinTexture(random: Random): Plane {
  const coarse = smoothNoise(TEXTURE_SIZE, TEXTURE_SIZE, 1.1 * TEXTURE_SCALE, random);
  const fine = smoothNoise(TEXTURE_SIZE, TEXTURE_SIZE, 0.6 * TEXTURE_SCALE, random);
  for (let i = 0; i < coarse.data.length; i++) {
    coarse.data[i] = 0.85 * coarse.data[i]! + 0.5 * fine.data[i]!;
  }
  return coarse;
}

/**
 * Draws one nucleus: an ellipse, bent, tapered and with contour waves; a membrane, clumped chromatin,
 * nucleoli. Where it covers another nucleus both add up, as in a section of some thickness.
 */
export function paintNucleus(planes: StainPlanes, nucleus: Nucleus, texture: Plane): void {
  const { width, height, mpp } = planes;
  const { x, y, long, short, halo, body } = nucleus;
  // An edge narrower than a pixel would alias.
  const edge = Math.max(nucleus.blur, 0.5 * mpp);
  const reach = 1.15 * long + Math.abs(nucleus.bend) + (halo > 0 ? 2.4 : 0) + edge + mpp;
  const left = Math.max(0, Math.floor((x - reach) / mpp));
  const right = Math.min(width, Math.ceil((x + reach) / mpp));
  const top = Math.max(0, Math.floor((y - reach) / mpp));
  const bottom = Math.min(height, Math.ceil((y + reach) / mpp));
  const cosine = Math.cos(nucleus.angle);
  const sine = Math.sin(nucleus.angle);
  const textureX = nucleus.textureX * TEXTURE_START + 96;
  const textureY = nucleus.textureY * TEXTURE_START + 96;

  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const dx = (column + 0.5) * mpp - x;
      const dy = (row + 0.5) * mpp - y;
      const u = dx * cosine + dy * sine;
      const v = dy * cosine - dx * sine;
      const inside = depthInside(nucleus, u, v);
      const at = row * width + column;
      if (inside < -edge) {
        if (halo > 0) {
          const gap = (inside + 0.9) / 0.65;
          // Wider on one side: cells do not shrink about their middle.
          const side = 0.6 + 0.4 * (v / reach);
          const left = 1 - halo * side * Math.exp(-0.5 * gap * gap);
          planes.eosin[at] = planes.eosin[at]! * left;
          planes.haematoxylin[at] = planes.haematoxylin[at]! * left;
        }
        continue;
      }
      const cover = smoothstep(-edge, edge, inside);
      const membrane = (inside - RIM_UM) / RIM_UM;
      let depth = body + nucleus.rim * Math.exp(-0.5 * membrane * membrane);
      depth +=
        nucleus.clump *
        sampleNearest(texture, textureX + u * TEXTURE_SCALE, textureY + v * TEXTURE_SCALE);
      for (const spot of nucleus.nucleoli) {
        const far = (u - spot.u) ** 2 + (v - spot.v) ** 2;
        depth += spot.depth * Math.exp(-0.5 * (far / (spot.radius * spot.radius)));
      }
      // A nucleus thins out towards its edge; the small round ones most.
      const dome = 0.85 + 0.15 * Math.min(1, Math.max(0, inside) / short);
      const added = cover * dome * Math.max(0.12, depth);
      const before = planes.chromatin[at]!;
      planes.chromatin[at] = Math.max(before, added) + 0.35 * Math.min(before, added);
      planes.haematoxylin[at] = planes.haematoxylin[at]! * (1 - 0.6 * cover);
      planes.eosin[at] = planes.eosin[at]! * (1 - 0.3 * cover);
    }
  }
}

/** Distance to the outline in the nucleus's own axes: positive inside. */
function depthInside(nucleus: Nucleus, u: number, v: number): number {
  const { long, short, bend, taper, waves } = nucleus;
  const p = u / long;
  // A quarter is the mean of p^2 over an ellipse, so bending leaves the centroid where it is.
  const thickness = short * (1 - taper * Math.min(1, p * p));
  const q = (v - bend * (p * p - 0.25)) / thickness;
  const radius = Math.sqrt(p * p + q * q);
  if (radius < 0.05) return short;
  const c = p / radius;
  const s = q / radius;
  let wobble = 1;
  let cosine = c;
  let sine = s;
  for (const wave of waves) {
    const next = cosine * c - sine * s;
    sine = sine * c + cosine * s;
    cosine = next;
    wobble += wave.cosine * cosine + wave.sine * sine;
  }
  const steepness = Math.sqrt((c / long) ** 2 + (s / thickness) ** 2);
  return (wobble - radius) / steepness;
}
