/**
 * Pictures of a slide as a whole: a thumbnail, and where nuclei are dense under each dataset.
 *
 * @module
 */
import sharp from 'sharp';
import type { Dataset } from '../../shared/datasets/dataset.ts';
import type { Raster } from '../../shared/image/raster.ts';
import type { ImageSource, Size } from '../../shared/image/source.ts';
import { DensityGrid } from '../overlay/density-grid.ts';
import { drawHeatMap, type HeatMap } from '../overlay/heat-map.ts';
import { readThumbnail, thumbnailSize } from '../overlay/thumbnail.ts';

/** Longer side in a report. */
const REPORT_PX = 560;
/** Longer side of an overview. */
const OVERVIEW_PX = 1800;
export const THUMBNAIL = 'thumbnail.jpg';

/** What a grid counts, and how it is coloured. */
export interface CountedDataset {
  readonly dataset: Pick<Dataset, 'id' | 'classes'>;
  readonly grid: DensityGrid;
}

/** A grid for each dataset, with nothing counted yet. */
export function gridsFor(
  datasets: readonly CountedDataset['dataset'][],
  image: Size,
  mpp: number,
): CountedDataset[] {
  return datasets.map((dataset) => ({
    dataset,
    grid: new DensityGrid(image, mpp, dataset.classes.length),
  }));
}

/** The name of a dataset's heat map among the pictures of a report. */
export function heatName(dataset: string): string {
  return `${dataset}.heat.webp`;
}

/** The thumbnail of an overview. */
export function overviewThumbnail(source: ImageSource, signal?: AbortSignal): Promise<Raster> {
  return readThumbnail(source, thumbnailSize(source, OVERVIEW_PX), signal);
}

/** A heat map of the size of a thumbnail. */
export function heatOn(
  thumbnail: Size,
  { dataset, grid }: CountedDataset,
  image: Size,
): Promise<HeatMap> {
  const colours = dataset.classes.map(({ colour }) => colour);
  return drawHeatMap(grid, colours, thumbnail, image);
}

/** The pictures of a slide in a report, by name. */
export async function reportPictures(
  source: ImageSource,
  counted: readonly CountedDataset[],
  signal?: AbortSignal,
): Promise<Map<string, Uint8Array>> {
  const raster = await readThumbnail(source, thumbnailSize(source, REPORT_PX), signal);
  const { width, height, data } = raster;
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 80, mozjpeg: true })
    .toBuffer();
  const pictures = new Map<string, Uint8Array>([[THUMBNAIL, jpeg]]);
  for (const one of counted) {
    const { png } = await heatOn(raster, one, source);
    pictures.set(heatName(one.dataset.id), await sharp(png).webp({ quality: 60 }).toBuffer());
  }
  return pictures;
}
