/**
 * What stands below a picture of nuclei: which model and dataset, and each class with its colour and count.
 *
 * @module
 */
import sharp, { type OverlayOptions as Placed } from 'sharp';
import type { Raster } from '../../shared/image/raster.ts';
import { type DrawnText, drawText } from './text.ts';

export interface LegendClass {
  readonly name: string;
  /** `#rrggbb` */
  readonly colour: string;
  /** `null` where it was not asked for: then it is not in the legend. */
  readonly count: number | null;
}

export interface Legend {
  /** First line. */
  readonly title: string;
  /** One per class, in head order. */
  readonly classes: readonly LegendClass[];
  /** Last line, where there is more to say. */
  readonly note?: string | undefined;
}

/** Narrower pictures get a margin beside them, so that the legend can be read. */
const LEAST_WIDTH_PX = 240;

/**
 * Draws a picture with its legend below; the picture keeps its place at the top left, so that coordinates hold.
 */
export async function withLegend(image: Raster, legend: Legend): Promise<Raster> {
  const width = Math.max(image.width, LEAST_WIDTH_PX);
  const below = await drawLegend(legend, width);
  const height = image.height + below.height;
  const data = new Uint8Array(width * height * 3).fill(255);
  for (let y = 0; y < image.height; y++) {
    const row = image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3);
    data.set(row, y * width * 3);
  }
  data.set(below.data, image.height * width * 3);
  return { width, height, data };
}

async function drawLegend({ title, classes, note }: Legend, width: number): Promise<Raster> {
  const size = Math.round(Math.min(40, Math.max(13, width / 70)));
  const gap = Math.round(size * 0.75);
  const layers: Placed[] = [];
  let top = gap;
  const addLine = (text: DrawnText) => {
    layers.push({ ...text.layer, left: gap, top });
    top += text.height + Math.round(gap * 0.7);
  };
  const room = width - 2 * gap;
  addLine(await drawText(title, size, 'bold', room));
  const swatch = Math.round(size * 0.9);
  const indent = swatch + Math.round(gap / 2);
  let [left, lineHeight] = [gap, size];
  for (const { name, colour, count } of classes) {
    if (count === null) continue;
    const line = `${name}: ${count.toLocaleString('en')}`;
    const free = await drawText(line, size);
    const text =
      free.width <= room - indent ? free : await drawText(line, size, 'regular', room - indent);
    const wide = indent + text.width;
    if (left > gap && left + wide > width - gap) {
      left = gap;
      top += lineHeight + gap;
      lineHeight = size;
    }
    layers.push({ input: swatchOf(swatch, colour), left, top });
    layers.push({ ...text.layer, left: left + indent, top });
    left += wide + gap * 2;
    lineHeight = Math.max(lineHeight, text.height);
  }
  top += lineHeight + gap;
  if (note !== undefined) addLine(await drawText(note, Math.round(size * 0.85), 'regular', room));
  const base = { width, height: top, channels: 3 as const, background: '#ffffff' };
  const drawn = await sharp({ create: base, limitInputPixels: false })
    .composite(layers.map((layer) => ({ ...layer, limitInputPixels: false })))
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height: top, data: drawn };
}

function swatchOf(sizePx: number, colour: string): Buffer {
  const [half, line] = [sizePx / 2, Math.max(2, sizePx / 5)];
  const circle = `<circle cx="${half}" cy="${half}" r="${half - line / 2}" fill="${colour}" fill-opacity="0.35" stroke="${colour}" stroke-width="${line}"/>`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sizePx}" height="${sizePx}">${circle}</svg>`,
  );
}
