/**
 * Labelled pictures cut into the authors' tiles, as a data folder of its own (docs/protocol.md).
 *
 * @module
 */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { throwIfCanceled } from '../../shared/cancel.ts';
import type { Dataset } from '../../shared/datasets/dataset.ts';
import { UniCellError } from '../../shared/errors.ts';
import { csvCell } from '../../shared/formats/csv-rows.ts';
import type { Region } from '../../shared/image/source.ts';
import { clipLabels } from '../../shared/protocol/clip-labels.ts';
import { type TileLayout, tileLayout } from '../../shared/protocol/layouts.ts';
import { testTiles, trainTiles } from '../../shared/protocol/tiles.ts';
import type { Box } from '../../shared/scoring/ignored-boxes.ts';
import type { LabelledPoints } from '../../shared/scoring/labelled-points.ts';
import { encodePng } from '../overlay/overlay.ts';
import { openImage } from '../slides/open-image.ts';
import { type LabelledImage, readDataFolder } from './data-folder.ts';
import { writeNewFolder } from './new-folder.ts';

export interface CutOptions {
  /** Data folder, or the folder that holds it under the dataset's id. */
  readonly data: string;
  readonly dataset: Dataset;
  /** `test` is cut without overlap; any other split as the authors cut training pictures. */
  readonly split: string;
  /** Folder that is made. */
  readonly out: string;
  readonly signal?: AbortSignal;
  onProgress?(done: number, total: number): void;
}

export interface CutSummary {
  readonly pictures: number;
  readonly tiles: number;
  /** Labels in all tiles: a nucleus counts in each tile that shows it. */
  readonly labels: number;
}

/** Small training pictures are written this often. */
const COPIES = 4;

/**
 * Cuts the pictures of a split and writes the tiles as PNG with `images.csv`, `points.csv` and `ignore.csv`,
 * whole or not at all.
 *
 * @throws {UniCellError} What reading the folder and the pictures throws; `OUTPUT_UNWRITABLE`, `CANCELED`.
 */
export async function cutTiles(options: CutOptions): Promise<CutSummary> {
  const { data, dataset, split, out, signal, onProgress } = options;
  const images = await readDataFolder(data, dataset, split);
  requireOneStem(images);
  const layout = tileLayout(dataset.id);
  return writeNewFolder(out, async (folder) => {
    await mkdir(join(folder, 'images'));
    await writeFile(
      join(folder, 'images.csv'),
      line('image,split,width,height,mpp,x,y'.split(',')),
    );
    await writeFile(join(folder, 'points.csv'), line('image,x,y,class'.split(',')));
    const ignored: string[] = [];
    let [tiles, labels] = [0, 0];
    for (const [done, image] of images.entries()) {
      throwIfCanceled(signal);
      onProgress?.(done, images.length);
      const { source } = await openImage(image.path);
      for (const { tile, name } of plan(image, source, split, layout)) {
        const clipped = clipLabels(image.truth, tile);
        await writeFile(
          join(folder, 'images', name),
          await encodePng(await source.read(tile, source)),
        );
        const { width, height, x, y } = tile;
        const row = [name, split, width, height, image.mpp, x, y];
        await appendFile(join(folder, 'images.csv'), line(row));
        await appendFile(join(folder, 'points.csv'), pointLines(name, clipped, dataset));
        ignored.push(...image.ignored.flatMap((box) => boxLine(name, box, tile)));
        tiles++;
        labels += clipped.x.length;
      }
    }
    if (ignored.length > 0) {
      const header = line('image,x0,y0,x1,y1'.split(','));
      await writeFile(join(folder, 'ignore.csv'), header + ignored.join(''));
    }
    onProgress?.(images.length, images.length);
    return { pictures: images.length, tiles, labels };
  });
}

/** The tiles of a picture with their file names; those of a small training picture come four times. */
function plan(
  { image }: LabelledImage,
  picture: { readonly width: number; readonly height: number },
  split: string,
  layout: TileLayout,
): { readonly tile: Region; readonly name: string }[] {
  const stem = parse(image).name;
  const nameOf = ({ x, y, width, height }: Region, start: string) =>
    `${start}_${x}_${y}_${x + width}_${y + height}.png`;
  if (split === 'test') {
    return testTiles(picture, layout).map((tile) => ({ tile, name: nameOf(tile, stem) }));
  }
  const tiles = trainTiles(picture, layout);
  const isSmall = Math.min(picture.width, picture.height) <= layout.repeatUpToPx;
  return Array.from({ length: isSmall ? COPIES : 1 }, (_, copy) =>
    tiles.map((tile) => ({ tile, name: nameOf(tile, `${stem}_${copy}`) })),
  ).flat();
}

function pointLines(image: string, points: LabelledPoints, { classes }: Dataset): string {
  return Array.from(points.x, (x, i) => {
    // A nucleus of unknown class stays one: its cell is empty.
    const name = classes[points.class[i]!]?.name ?? '';
    return line([image, places(x), places(points.y[i]!), name]);
  }).join('');
}

/** The part of an ignored box that a tile shows, in pixels of the tile. */
function boxLine(image: string, box: Box, { x, y, width, height }: Region): string[] {
  const [x0, y0] = [Math.max(0, box.x0 - x), Math.max(0, box.y0 - y)];
  const [x1, y1] = [Math.min(width, box.x1 - x), Math.min(height, box.y1 - y)];
  return x0 < x1 && y0 < y1 ? [line([image, ...[x0, y0, x1, y1].map(places)])] : [];
}

/** A ten-thousandth of a pixel is less than any annotator's hand. */
function places(px: number): number {
  return Number(px.toFixed(4));
}

function line(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => csvCell(String(cell))).join(',')}\n`;
}

function requireOneStem(images: readonly LabelledImage[]): void {
  const seen = new Map<string, string>();
  for (const { image } of images) {
    const stem = parse(image).name;
    const other = seen.get(stem);
    if (other !== undefined) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `The tiles of ${other} and ${image} would have the same names; rename one of the pictures.`,
      );
    }
    seen.set(stem, image);
  }
}
