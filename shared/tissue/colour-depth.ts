/**
 * How much a pixel looks like something stained rather than glass.
 *
 * @module
 */
import type { Raster } from '../image/raster.ts';

/** Steps of the scale: a depth of 1000 is an optical density of 1. */
const STEPS_PER_DENSITY = 1000;
const MAX_DEPTH = 255;
/** Glass and lamp take away less than this of the light, in optical density. */
const GREY_DENSITY = 0.1;
/** Darkness without colour counts a quarter: pigment, folds, an image without colour. */
const GREY_SHARE = 0.25;

const density = Float64Array.from({ length: 256 }, (_, value) => -Math.log10((value + 1) / 256));

/**
 * The colour depth of each pixel: the difference between the optical densities of its strongest and its
 * weakest channel, which is in proportion to the stain (Beer-Lambert) however pale, and near 0 for glass
 * of any brightness; or a share of its darkness, where that is more.
 *
 * @param to Takes one byte per pixel, in thousandths of optical density, at most 255.
 */
export function colourDepth({ data }: Raster, to: Uint8Array): void {
  for (let i = 0, from = 0; i < to.length; i++, from += 3) {
    const red = density[data[from]!]!;
    const green = density[data[from + 1]!]!;
    const blue = density[data[from + 2]!]!;
    const colour = Math.max(red, green, blue) - Math.min(red, green, blue);
    const darkness = ((red + green + blue) / 3 - GREY_DENSITY) * GREY_SHARE;
    to[i] = Math.min(MAX_DEPTH, Math.round(Math.max(colour, darkness) * STEPS_PER_DENSITY));
  }
}
