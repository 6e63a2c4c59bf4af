/**
 * The tiles that the authors' scripts cut an image into (spec section 13.3): test tiles partition it,
 * training tiles overlap.
 *
 * @module
 */
import type { Region, Size } from '../image/source.ts';
import type { TileLayout } from './layouts.ts';

/** Part of an axis, in pixels. */
interface Span {
  readonly start: number;
  readonly length: number;
}

/** The test tiles of an image, row by row: a partition, in which the last tile of an axis takes the rest. */
export function testTiles(image: Size, { nominalPx }: TileLayout): Region[] {
  const spans = (size: number): Span[] => {
    const count = Math.max(1, Math.floor(size / nominalPx));
    const length = Math.floor(size / count);
    return Array.from({ length: count }, (_, index) => ({
      start: index * length,
      length: index === count - 1 ? size - index * length : length,
    }));
  };
  return grid(spans(image.width), spans(image.height));
}

/** The training tiles of an image, row by row: all of one size, the last of an axis moved back inside. */
export function trainTiles(image: Size, { nominalPx, trainOverlap }: TileLayout): Region[] {
  const spans = (size: number): Span[] => {
    const length = Math.floor(size / Math.max(1, Math.floor(size / nominalPx)));
    const step = length - Math.trunc(trainOverlap * length);
    const found: Span[] = [{ start: 0, length }];
    while (found.at(-1)!.start + length < size) {
      found.push({ start: Math.min(found.length * step, size - length), length });
    }
    return found;
  };
  return grid(spans(image.width), spans(image.height));
}

function grid(columns: readonly Span[], rows: readonly Span[]): Region[] {
  return rows.flatMap((row) =>
    columns.map((column) => ({
      x: column.start,
      y: row.start,
      width: column.length,
      height: row.length,
    })),
  );
}
