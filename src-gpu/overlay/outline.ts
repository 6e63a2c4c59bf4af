import sharp from 'sharp';
import type { Raster } from '../../shared/image/raster.ts';

/**
 * Draws closed lines on an image: what lies outside a region was not asked for.
 *
 * @param rings Corners in pixels of the image.
 */
export async function drawOutline(
  { width, height, data }: Raster,
  rings: readonly (readonly (readonly [x: number, y: number])[])[],
): Promise<Raster> {
  const path = rings
    .map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L')}Z`)
    .join('');
  const line = Math.max(2, Math.max(width, height) / 600);
  const stroke = (colour: string, wide: number) =>
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${wide}" stroke-linejoin="round"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${stroke('#ffffff', line * 2)}${stroke('#222222', line)}</svg>`;
  const drawn = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .composite([{ input: Buffer.from(svg), limitInputPixels: false, unlimited: true }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { width, height, data: drawn };
}
