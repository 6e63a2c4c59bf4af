/**
 * The lines of `images.csv`, `points.csv` and `ignore.csv` (docs/datasets.md).
 *
 * @module
 */
import { csvCell } from '../../../shared/formats/csv-rows.ts';
import type { Size } from '../../../shared/image/source.ts';
import type { Box } from '../../../shared/scoring/ignored-boxes.ts';
import type { ConvertedImage } from './convert-image.ts';
import type { LabelPoint, PublishedImage, Split } from './importer.ts';

/** @param columns Further columns, in the order of `imageLine`. */
export function imagesHeader(columns: readonly string[]): string {
  return line(['image', 'split', 'width', 'height', 'mpp', ...columns]);
}

export function imageLine(
  { columns: values }: PublishedImage,
  { file, size, mpp }: ConvertedImage,
  split: Split,
  columns: readonly string[],
): string {
  const cells = [file, split, size.width, size.height, Number(mpp.toPrecision(6))];
  return line([...cells, ...columns.map((column) => values[column] ?? '')]);
}

/** @param hasRaw With a column for the class as published. */
export function pointsHeader(hasRaw: boolean): string {
  return line(['image', 'x', 'y', 'class', ...(hasRaw ? ['raw_class'] : [])]);
}

/**
 * The nuclei of a picture, in pixels of what was written.
 *
 * @param from Size of the published picture.
 */
export function pointLines(
  points: readonly LabelPoint[],
  from: Size,
  { file, size }: ConvertedImage,
  hasRaw: boolean,
): string {
  const scaleX = size.width / from.width;
  const scaleY = size.height / from.height;
  return points
    .map((one) => {
      const cells = [file, places(one.x * scaleX), places(one.y * scaleY), one.class];
      return line(hasRaw ? [...cells, one.rawClass ?? ''] : cells);
    })
    .join('');
}

export const ignoreHeader = line(['image', 'x0', 'y0', 'x1', 'y1']);

/**
 * Boxes of a picture, in whole pixels of what was written, those around what was published.
 *
 * @param from Size of the published picture.
 * @returns Without those that lie outside of it.
 */
export function ignoreLines(
  boxes: readonly Box[],
  from: Size,
  { file, size }: ConvertedImage,
): string[] {
  const scaleX = size.width / from.width;
  const scaleY = size.height / from.height;
  return boxes.flatMap(({ x0, y0, x1, y1 }) => {
    const [left, top] = [Math.floor(x0 * scaleX), Math.floor(y0 * scaleY)].map((at) =>
      Math.max(0, at),
    );
    const right = Math.min(size.width, Math.ceil(x1 * scaleX));
    const bottom = Math.min(size.height, Math.ceil(y1 * scaleY));
    const isInside = left! < right && top! < bottom;
    return isInside ? [line([file, left!, top!, right, bottom])] : [];
  });
}

/** A ten-thousandth of a pixel is less than any annotator's hand. */
function places(px: number): number {
  return Number(px.toFixed(4));
}

function line(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => csvCell(String(cell))).join(',')}\n`;
}
