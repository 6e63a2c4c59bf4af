import sharp from 'sharp';
import type { Raster } from '../../shared/image/raster.ts';
import type { HeatMap } from './heat-map.ts';
import { type Legend, withLegend } from './legend.ts';

/**
 * A whole slide at a glance: its thumbnail, where nuclei are dense in the colours of their classes, and a legend.
 *
 * @param heat Of the size of the thumbnail.
 */
export async function drawOverview(
  thumbnail: Raster,
  heat: HeatMap,
  legend: Omit<Legend, 'note'>,
): Promise<Raster> {
  const { width, height, data } = thumbnail;
  const grey = await sharp(data, { raw: { width, height, channels: 3 } })
    // Colours then are those of the classes alone.
    .modulate({ saturation: 0.25 })
    .composite([{ input: Buffer.from(heat.png) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  const note = `Colour: the classes that lie there. Strength: how dense they lie, strongest from ${Math.round(heat.topPerMm2).toLocaleString('en')} nuclei per mm² on.`;
  return withLegend({ width, height, data: grey }, { ...legend, note });
}
