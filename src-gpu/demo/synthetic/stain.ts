/**
 * Stain space: concentrations per pixel, and Beer-Lambert from there to light.
 *
 * @module
 */
import type { Random } from '../../../shared/random.ts';

/** How much of each stain lies in each pixel, in natural optical density along its unit vector. */
export interface StainPlanes {
  readonly width: number;
  readonly height: number;
  readonly mpp: number;
  /** Haematoxylin of cytoplasm and matrix. */
  readonly haematoxylin: Float32Array;
  /** Haematoxylin of nuclei; apart, so that overlapping nuclei can be told from what they lie on. */
  readonly chromatin: Float32Array;
  readonly eosin: Float32Array;
  /** Eosin on haemoglobin, which is more orange. */
  readonly blood: Float32Array;
}

/** Colour of each stain (optical densities of R, G, B; unit length) and of the empty slide. */
export interface StainColours {
  readonly haematoxylin: readonly [number, number, number];
  readonly eosin: readonly [number, number, number];
  readonly blood: readonly [number, number, number];
  readonly glass: readonly [number, number, number];
}

/**
 * Medians of the stain vectors that Macenko's method (ISBI 2009) finds in public 20x colon images
 * (CoNSeP and CRCHistoPhenotypes agree to 0.03), and a reading of red cells there.
 */
const MEASURED: StainColours = {
  haematoxylin: [0.579, 0.766, 0.274],
  eosin: [0.338, 0.843, 0.408],
  blood: [0.13, 0.62, 0.76],
  glass: [250, 246, 250],
};

/** Clear planes. */
export function stainPlanes(width: number, height: number, mpp: number): StainPlanes {
  const size = width * height;
  return {
    width,
    height,
    mpp,
    haematoxylin: new Float32Array(size),
    chromatin: new Float32Array(size),
    eosin: new Float32Array(size),
    blood: new Float32Array(size),
  };
}

/** The colours of one slide: as measured, off by as much as laboratories differ a little. */
export function slideColours(random: Random): StainColours {
  const vary = (stain: readonly [number, number, number]): [number, number, number] => {
    const [r, g, b] = [
      stain[0] + random.normal(0, 0.02),
      stain[1] + random.normal(0, 0.015),
      stain[2] + random.normal(0, 0.02),
    ];
    const strength = random.uniform(0.94, 1.08) / Math.hypot(r, g, b);
    return [r * strength, g * strength, b * strength];
  };
  return {
    haematoxylin: vary(MEASURED.haematoxylin),
    eosin: vary(MEASURED.eosin),
    blood: vary(MEASURED.blood),
    glass: MEASURED.glass,
  };
}

/**
 * Light that passes, per channel: `glass * exp(-sum of concentration * colour)` (Beer-Lambert; Ruifrok
 * and Johnston 2001).
 *
 * @param channel 0, 1, 2 for R, G, B.
 */
export function transmittedLight(
  planes: StainPlanes,
  colours: StainColours,
  channel: 0 | 1 | 2,
): Float32Array {
  const h = colours.haematoxylin[channel];
  const e = colours.eosin[channel];
  const b = colours.blood[channel];
  const glass = colours.glass[channel];
  const { haematoxylin, chromatin, eosin, blood } = planes;
  const light = new Float32Array(haematoxylin.length);
  for (let i = 0; i < light.length; i++) {
    const density = h * (haematoxylin[i]! + chromatin[i]!) + e * eosin[i]! + b * blood[i]!;
    light[i] = glass * Math.exp(-density);
  }
  return light;
}
