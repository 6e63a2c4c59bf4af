import type { Raster } from '../../../shared/image/raster.ts';

/**
 * Turns the hue of every pixel, in HSV (Smith, "Color gamut transform pairs", SIGGRAPH 1978), and keeps
 * saturation and value: what the colour jitter of training pipelines does.
 *
 * @param degrees From red to yellow is 60.
 */
export function turnHue({ width, height, data }: Raster, degrees: number): Raster {
  const turned = new Uint8Array(data.length);
  const steps = degrees / 60;
  for (let at = 0; at < data.length; at += 3) {
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
    const value = Math.max(r, g, b);
    const chroma = value - Math.min(r, g, b);
    const hue = chroma === 0 ? 0 : (sector(r, g, b, value) / chroma + steps) % 6;
    for (const [channel, offset] of CHANNELS.entries()) {
      const k = (((offset + hue) % 6) + 6) % 6;
      turned[at + channel] = Math.round(value - chroma * Math.max(0, Math.min(k, 4 - k, 1)));
    }
  }
  return { width, height, data: turned };
}

/** Where red, green and blue stand on the hexagon of hues, as the closed form of the inverse counts them. */
const CHANNELS = [5, 3, 1] as const;

/** The hue in steps of 60 degrees, times the chroma. */
function sector(r: number, g: number, b: number, value: number): number {
  const chroma = value - Math.min(r, g, b);
  if (value === r) return g - b;
  if (value === g) return b - r + 2 * chroma;
  return r - g + 4 * chroma;
}
