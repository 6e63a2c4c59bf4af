/**
 * An image with its nuclei drawn on it: one ring per nucleus in the colour of its class, and a legend
 * below. Rings go straight into the pixels, so a hundred thousand of them take a moment and no memory.
 *
 * @module
 */
import sharp from 'sharp';
import type { Raster } from '../../shared/image/raster.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { drawText, lineAdvancePx, textWidth } from './pixel-font.ts';

export interface OverlayOptions {
  /** One per class, in head order; the legend names and counts them. */
  readonly classes: readonly OverlayClass[];
  /** First line of the legend. */
  readonly title: string;
  /** Micrometres per pixel of the image. */
  readonly mpp: number;
}

export interface OverlayClass {
  readonly label: string;
  /** `#rrggbb` */
  readonly colour: string;
  readonly count: number;
}

type Colour = readonly [red: number, green: number, blue: number];

/** About the radius of a nucleus in tissue, in micrometres. */
const ringRadiusUm = 4;
/** At coarse resolution a ring still needs a hole to be seen as one, in pixels. */
const smallestRingPx = 2.5;

const white: Colour = [255, 255, 255];
const ink: Colour = [34, 34, 34];

/**
 * Draws the nuclei of `image` and returns a new, higher raster; the image keeps its place at the top
 * left, so that coordinates hold.
 */
export function drawOverlay(image: Raster, nuclei: Nuclei, options: OverlayOptions): Raster {
  const scale = Math.min(6, Math.max(2, Math.round(image.width / 500)));
  const legend = legendLines(options);
  const width = Math.max(
    image.width,
    ...legend.map(({ text }) => textWidth(text, scale) + 4 * lineAdvancePx * scale),
  );
  const height = image.height + (legend.length + 1) * lineAdvancePx * scale;
  const raster = { width, height, data: new Uint8Array(width * height * 3).fill(255) };
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    raster.data.set(row, y * width * 3);
  }
  drawRings(raster, image, nuclei, options);
  legend.forEach(({ text, colour }, line) => {
    const y = image.height + Math.round((line + 0.8) * lineAdvancePx) * scale;
    const x = lineAdvancePx * scale;
    if (colour) {
      const middle = 3.5 * scale;
      const mark = ring(middle, 1.5 * scale);
      paint(raster, raster, mark, Math.round(x + middle), Math.round(y + middle), colour);
    }
    drawText(raster, text, colour ? x + 12 * scale : x, y, scale, ink);
  });
  return raster;
}

/** Encodes a raster as PNG. */
export function encodePng({ width, height, data }: Raster): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png()
    .toBuffer();
}

function drawRings(
  raster: Raster,
  image: Raster,
  nuclei: Nuclei,
  { classes, mpp }: OverlayOptions,
): void {
  const radius = Math.max(smallestRingPx, ringRadiusUm / mpp);
  const thickness = Math.max(1, radius / 5);
  const colours = classes.map(({ colour }) => parseColour(colour));
  const rim = ring(radius, thickness + 2);
  const line = ring(radius, thickness);
  // All white rims first, so that no nucleus hides the colour of its neighbour.
  for (const [offsets, colourOf] of [
    [rim, () => white],
    [line, (index: number) => colours[nuclei.class[index]!]!],
  ] as const) {
    for (let i = 0; i < nuclei.length; i++) {
      paint(
        raster,
        image,
        offsets,
        Math.floor(nuclei.x[i]!),
        Math.floor(nuclei.y[i]!),
        colourOf(i),
      );
    }
  }
}

/** Offsets (dx, dy) of the pixels of a ring around (0, 0). */
function ring(radius: number, thickness: number): Int32Array {
  const reach = Math.ceil(radius + thickness / 2);
  const offsets: number[] = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      if (Math.abs(Math.hypot(dx, dy) - radius) <= thickness / 2) offsets.push(dx, dy);
    }
  }
  return Int32Array.from(offsets);
}

/** Colours the pixels at `offsets` from (x, y), as far as they lie within `bounds`. */
function paint(
  raster: Raster,
  bounds: { readonly width: number; readonly height: number },
  offsets: Int32Array,
  x: number,
  y: number,
  [red, green, blue]: Colour,
): void {
  for (let i = 0; i < offsets.length; i += 2) {
    const px = x + offsets[i]!;
    const py = y + offsets[i + 1]!;
    if (px < 0 || py < 0 || px >= bounds.width || py >= bounds.height) continue;
    const at = (py * raster.width + px) * 3;
    raster.data[at] = red;
    raster.data[at + 1] = green;
    raster.data[at + 2] = blue;
  }
}

function legendLines({ classes, title }: OverlayOptions): { text: string; colour?: Colour }[] {
  return [
    { text: title },
    ...classes.map(({ label, colour, count }) => ({
      text: `${label}: ${count}`,
      colour: parseColour(colour),
    })),
  ];
}

function parseColour(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
