/**
 * What a nucleus is made of, and a recipe per kind. Sizes as in sections of paraffin-embedded tissue;
 * depths of stain as measured in public colon and breast images. Micrometres, radians, and
 * concentrations of haematoxylin in optical density.
 *
 * @module
 */
import type { Random } from '../../../shared/random.ts';

/** The kinds of nuclei in a synthetic field. */
export type NucleusKind = 'epithelial' | 'stromal' | 'lymphocyte' | 'plasma' | 'endothelial';

/** A contour wave of a nucleus: `sine` and `cosine` parts of order 2, 3, ... as a part of the radius. */
export type OutlineWaves = readonly { readonly cosine: number; readonly sine: number }[];

/** One nucleus, ready to be drawn. */
export interface Nucleus {
  readonly kind: NucleusKind;
  /** Centre. */
  readonly x: number;
  readonly y: number;
  /** Half axes, and the direction of the long one. */
  readonly long: number;
  readonly short: number;
  readonly angle: number;
  /** How far the ends bend sideways. */
  readonly bend: number;
  /** 0 has round ends, towards 1 pointed ones. */
  readonly taper: number;
  readonly waves: OutlineWaves;
  /** Half width of the edge: how far out of focus it lies. */
  readonly blur: number;
  /** Haematoxylin of the nucleoplasm, and what the membrane and the chromatin clumps add. */
  readonly body: number;
  readonly rim: number;
  readonly clump: number;
  readonly nucleoli: readonly NucleolusSpot[];
  /** Part of the tissue around that has shrunk away. */
  readonly halo: number;
  /** Where in the chromatin texture it is cut from, in `[0, 1)`. */
  readonly textureX: number;
  readonly textureY: number;
}

/** A dark spot in a nucleus, in its own axes. */
export interface NucleolusSpot {
  readonly u: number;
  readonly v: number;
  readonly radius: number;
  readonly depth: number;
}

/** Where a nucleus is to be, and how it is turned. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

/** Epithelial: oval and vesicular, a dark membrane, clumps and nucleoli; `atypia` in [0, 1] enlarges. */
export function epithelialNucleus(pose: Pose, atypia: number, random: Random): Nucleus {
  const size = 1 + 0.16 * atypia + random.normal(0, 0.06 + 0.06 * atypia);
  const long = clampSize((4.5 + 0.4 * random.normal()) * size, 3.6, 6.2);
  const short = clampSize((2.75 + 0.9 * atypia * random.uniform(0.2, 1)) * size, 2.3, 4.4);
  const dark = random.chance(0.18) ? 0.35 : 0;
  const nucleoli = random.chance(0.35 + 0.6 * atypia) ? (random.chance(0.3) ? 2 : 1) : 0;
  return nucleus('epithelial', pose, random, {
    long: Math.max(long, short),
    short: Math.min(long, short),
    bend: random.normal(0, 0.25),
    roughness: 0.04 + 0.02 * atypia,
    body: random.normal(0.5 + dark, 0.1),
    rim: random.normal(0.4, 0.08),
    clump: random.normal(0.3, 0.05),
    nucleoli,
  });
}

/** A fibroblast: a thin spindle, now and then a plump one that is at work. */
export function stromalNucleus(pose: Pose, random: Random): Nucleus {
  const plump = random.chance(0.3);
  return nucleus('stromal', pose, random, {
    long: plump ? random.uniform(4.6, 6.4) : random.uniform(5.8, 8.6),
    short: plump ? random.uniform(2.0, 2.8) : random.uniform(1.35, 2.0),
    bend: random.normal(0, plump ? 0.3 : 0.8),
    taper: plump ? 0.15 : 0.45,
    roughness: 0.05,
    body: plump ? random.normal(0.45, 0.08) : random.normal(0.78, 0.16),
    rim: plump ? 0.38 : 0.25,
    clump: 0.2,
    nucleoli: plump && random.chance(0.5) ? 1 : 0,
    halo: 0.25,
  });
}

/** A small lymphocyte: round, dark, nearly no cytoplasm. */
export function lymphocyteNucleus(pose: Pose, random: Random): Nucleus {
  const short = clampSize(random.normal(2.8, 0.2), 2.4, 3.4);
  return nucleus('lymphocyte', pose, random, {
    long: short * random.uniform(1.02, 1.22),
    short,
    roughness: 0.04,
    body: random.normal(1.4, 0.2),
    rim: 0.15,
    clump: 0.36,
    halo: random.uniform(0.1, 0.6),
  });
}

/** A plasma cell's nucleus: round, clumps along the membrane as the hours on a clock. */
export function plasmaNucleus(pose: Pose, random: Random): Nucleus {
  const short = clampSize(random.normal(3.1, 0.18), 2.8, 3.6);
  const hours = 5 + Math.floor(random.uniform(0, 3));
  const first = random.uniform(0, 2 * Math.PI);
  const base = nucleus('plasma', pose, random, {
    long: short * random.uniform(1.02, 1.1),
    short,
    roughness: 0.02,
    body: random.normal(0.6, 0.1),
    rim: 0.35,
    clump: 0.12,
  });
  const spots = Array.from({ length: hours }, (_, i) => {
    const at = first + (i / hours) * 2 * Math.PI + random.normal(0, 0.12);
    return {
      u: 0.66 * short * Math.cos(at),
      v: 0.66 * short * Math.sin(at),
      radius: 0.75,
      depth: 0.65,
    };
  });
  return { ...base, nucleoli: spots };
}

/** An endothelial nucleus: flat against the wall, `bend` along it. */
export function endothelialNucleus(pose: Pose, wallRadius: number, random: Random): Nucleus {
  const long = random.uniform(4.2, 6.2);
  return nucleus('endothelial', pose, random, {
    long,
    short: random.uniform(1.25, 1.7),
    // A chord of half length `long` on a circle of `wallRadius` leaves it by this much.
    bend: Math.min(1.8, (long * long) / (2 * Math.max(wallRadius, 6))),
    taper: 0.35,
    roughness: 0.04,
    body: random.normal(0.85, 0.12),
    rim: 0.25,
    clump: 0.2,
  });
}

interface Recipe {
  readonly long: number;
  readonly short: number;
  readonly roughness: number;
  readonly body: number;
  readonly rim: number;
  readonly clump: number;
  readonly bend?: number;
  readonly taper?: number;
  readonly halo?: number;
  /** How many nucleoli. */
  readonly nucleoli?: number;
}

function nucleus(kind: NucleusKind, pose: Pose, random: Random, recipe: Recipe): Nucleus {
  const { long, short, roughness, body, rim, clump } = recipe;
  const waves = [2, 3, 4, 5, 6].map((order) => ({
    cosine: (random.normal() * roughness * 2) / order,
    sine: (random.normal() * roughness * 2) / order,
  }));
  // A fifth of the nuclei lie above or below the plane of focus and are paler for it.
  const focus = random.chance(0.2) ? random.uniform(0.3, 1) : random.uniform(0, 0.2);
  const fade = 1 - 0.3 * focus;
  const nucleoli = Array.from({ length: recipe.nucleoli ?? 0 }, () => {
    const at = random.uniform(0, 2 * Math.PI);
    const out = 0.6 * Math.sqrt(random.uniform());
    return {
      u: out * long * Math.cos(at),
      v: out * short * Math.sin(at),
      radius: random.uniform(0.5, 0.8),
      depth: 0.7 * fade,
    };
  });
  return {
    ...pose,
    kind,
    long,
    short,
    bend: recipe.bend ?? 0,
    taper: recipe.taper ?? 0,
    waves,
    blur: 0.22 + 0.75 * focus,
    body: Math.max(0.25, body * fade),
    rim: rim * (1 - 0.8 * focus),
    clump: clump * (1 - 0.6 * focus),
    nucleoli,
    halo: recipe.halo ?? 0,
    textureX: random.uniform(),
    textureY: random.uniform(),
  };
}

function clampSize(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
