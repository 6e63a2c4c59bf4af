/**
 * From a dataset as published to the layout that training and `unicell evaluate` read (docs/datasets.md).
 *
 * @module
 */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCanceled } from '../../../shared/cancel.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { writeNewFolder } from '../new-folder.ts';
import { pointsInside, requireKnownMpp, requireMpp, requireOneName } from './check-import.ts';
import { convertImage, openSourceImage } from './convert-image.ts';
import {
  ignoreHeader,
  ignoreLines,
  imageLine,
  imagesHeader,
  pointLines,
  pointsHeader,
} from './data-csv.ts';
import { dealSplit } from './deal-split.ts';
import { ImportSummary } from './import-summary.ts';
import type { Importer, PublishedImage, Split } from './importer.ts';
import type { Shares } from './split-choice.ts';

export interface ImportOptions {
  /** Folder of the dataset as published. */
  readonly source: string;
  /** Folder that is made. */
  readonly out: string;
  /** Micrometres per pixel to resample to; that of the published pictures is kept when left out. */
  readonly mpp?: number | undefined;
  /** Micrometres per pixel of the published pictures, instead of what the dataset says. */
  readonly sourceMpp?: number | undefined;
  readonly split: 'published' | Shares;
  /** Draws a split that is not published. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  onProgress?(done: number, total: number): void;
}

/**
 * Imports a dataset. The result appears whole or not at all.
 *
 * @throws {UniCellError} What the importer throws; `MPP_INVALID`, `MPP_UNKNOWN`, `INVALID_OPTIONS` for a
 *   split that is not to be had, `IMAGE_UNREADABLE` and the like for a picture, `OUTPUT_UNWRITABLE`,
 *   `CANCELED`.
 */
export async function importDataset(
  importer: Importer,
  options: ImportOptions,
): Promise<ImportSummary> {
  const { source, out, mpp, sourceMpp, signal, onProgress } = options;
  requireMpp(mpp, '--mpp');
  requireMpp(sourceMpp, '--source-mpp');
  const { hasRawClasses = false } = importer;
  const { images, leftOut } = await importer.find(source);
  requireOneName(images);
  const splitOf = splitsOf(importer, images, options);
  const columns = [...new Set(images.flatMap((image) => Object.keys(image.columns)))];
  return writeNewFolder(out, async (folder) => {
    const summary = new ImportSummary(importer.classes, leftOut);
    const imagesCsv = join(folder, 'images.csv');
    const pointsCsv = join(folder, 'points.csv');
    await mkdir(join(folder, 'images'));
    await writeFile(imagesCsv, imagesHeader(columns));
    await writeFile(pointsCsv, pointsHeader(hasRawClasses));
    const ignored: string[] = [];
    for (const [done, image] of images.entries()) {
      throwIfCanceled(signal);
      onProgress?.(done, images.length);
      const raster = await openSourceImage(image.path);
      const labels = await image.readLabels(raster);
      const published = requireKnownMpp(image, sourceMpp ?? labels.mpp, raster);
      const inside = pointsInside(image, labels, raster);
      const picture = await convertImage(
        { path: image.path, name: image.name, raster, mpp: published },
        mpp,
        join(folder, 'images'),
      );
      const split = splitOf(image);
      await appendFile(imagesCsv, imageLine(image, picture, split, columns));
      await appendFile(pointsCsv, pointLines(inside.points, raster, picture, hasRawClasses));
      ignored.push(...ignoreLines(labels.ignored ?? [], raster, picture));
      summary.add(split, inside.points, [...(labels.leftOut ?? []), inside.leftOut]);
    }
    if (ignored.length > 0) {
      await writeFile(join(folder, 'ignore.csv'), ignoreHeader + ignored.join(''));
    }
    summary.ignored = ignored.length;
    onProgress?.(images.length, images.length);
    return summary;
  });
}

function splitsOf(
  { dataset }: Importer,
  images: readonly PublishedImage[],
  { split, seed }: ImportOptions,
): (image: PublishedImage) => Split {
  if (split !== 'published') {
    const dealt = dealSplit(images, split, seed);
    return ({ name }) => dealt.get(name)!;
  }
  const without = images.find((image) => image.split === undefined);
  if (without) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${dataset.name} publishes no split; pass percentages for train/val/test, such as --split 80/10/10.`,
    );
  }
  return (image) => image.split!;
}
