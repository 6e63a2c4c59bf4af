/**
 * An image with its nuclei drawn on it: one ring per nucleus in the colour of its class, and a legend
 * below. Rings go straight into the pixels, so a hundred thousand of them take a moment and no memory.
 *
 * @module
 */
import sharp from 'sharp';
import type { Raster } from '../../shared/image/raster.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { ringRadii } from '../../shared/nuclei/ring-radii.ts';
import { type Legend, withLegend } from './legend.ts';

export interface OverlayOptions extends Legend {
  /** Micrometres per pixel of the image. */
  readonly mpp: number;
  /** Of the rings, in micrometres; about the size of nuclei of the class when left out. */
  readonly radiusUm?: number | undefined;
}

type Colour = readonly [red: number, green: number, blue: number];

/** A smaller ring has no hole to be seen as one, and is drawn as a dot; in pixels. */
const SMALLEST_RING_PX = 2;
const DOT_PX = 1.2;
/** Larger rings have room for a rim inside. */
const ROOMY_PX = 5;
/** Radii are drawn in steps, so that few shapes are made. */
const STEPS_PER_PX = 2;

const white: Colour = [255, 255, 255];

/** Draws the nuclei of `image`, in its pixels, and returns a new, higher raster; the image keeps its place. */
export function drawOverlay(
  image: Raster,
  nuclei: Nuclei,
  options: OverlayOptions,
): Promise<Raster> {
  const raster = { ...image, data: image.data.slice() };
  drawRings(raster, nuclei, options);
  return withLegend(raster, options);
}

/** Encodes a raster as PNG. */
export function encodePng({ width, height, data }: Raster): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png()
    .toBuffer();
}

/** Draws rings into an image. */
function drawRings(raster: Raster, nuclei: Nuclei, { classes, mpp, radiusUm }: OverlayOptions) {
  const radii = ringRadii(nuclei, classes, { mpp, radiusUm });
  const colours = classes.map(({ colour }) => parseColour(colour));
  const rims = new Map<number, Int32Array>();
  const lines = new Map<number, Int32Array>();
  // All white rims first, so that no nucleus hides the colour of its neighbour.
  for (const [shapes, isRim] of [
    [rims, true],
    [lines, false],
  ] as const) {
    for (let i = 0; i < nuclei.length; i++) {
      const step = Math.round(radii[i]! * STEPS_PER_PX);
      let shape = shapes.get(step);
      if (shape === undefined) {
        shape = mark(step / STEPS_PER_PX, isRim);
        shapes.set(step, shape);
      }
      const colour = isRim ? white : colours[nuclei.class[i]!]!;
      paint(raster, shape, Math.floor(nuclei.x[i]!), Math.floor(nuclei.y[i]!), colour);
    }
  }
}

/** Offsets (dx, dy) of the pixels of a ring, or of the white rim around it; of a dot where a ring has no room. */
function mark(radius: number, isRim: boolean): Int32Array {
  const isDot = radius < SMALLEST_RING_PX;
  const middle = isDot ? 0 : radius;
  const thickness = isDot ? 2 * DOT_PX : Math.max(1, radius / 5);
  const half = thickness / 2;
  // In a crowd a rim inside would hide the nucleus.
  const outside = isRim && !isDot ? half + Math.min(1, radius / 6) : half;
  const inside = isRim && radius > ROOMY_PX ? outside : half;
  const reach = Math.ceil(middle + outside);
  const offsets: number[] = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const from = Math.hypot(dx, dy) - middle;
      if (from <= outside && from >= -inside) offsets.push(dx, dy);
    }
  }
  return Int32Array.from(offsets);
}

/** Colours the pixels at `offsets` from (x, y), as far as they lie within the image. */
function paint(
  raster: Raster,
  offsets: Int32Array,
  x: number,
  y: number,
  [red, green, blue]: Colour,
): void {
  for (let i = 0; i < offsets.length; i += 2) {
    const px = x + offsets[i]!;
    const py = y + offsets[i + 1]!;
    if (px < 0 || py < 0 || px >= raster.width || py >= raster.height) continue;
    const at = (py * raster.width + px) * 3;
    raster.data[at] = red;
    raster.data[at + 1] = green;
    raster.data[at + 2] = blue;
  }
}

/** @param hex `#rrggbb` */
export function parseColour(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
