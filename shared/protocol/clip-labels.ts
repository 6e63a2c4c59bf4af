/**
 * The labels of a training tile, as the authors' scripts cut them (spec section 13.3).
 *
 * @module
 */
import type { Region } from '../image/source.ts';
import type { LabelledPoints } from '../scoring/labelled-points.ts';

/** A nucleus is a box of this side to the scripts, whatever its size. */
const BOX_PX = 4;
/** The scripts ask for a tenth of the box, of areas cut to whole pixels: 1.6 of 16 means 2. */
const MIN_AREA_PX2 = 2;

/**
 * Cuts the nuclei of an image to a tile. A nucleus is a box of 4 x 4 pixels; one of which 2 square pixels
 * or more lie inside stays, as the centre of that part. So a nucleus up to 1.5 pixels outside of the tile
 * may stay, and labels at the border move inwards.
 *
 * @param points In pixels of the image.
 * @returns In pixels of the tile, in the order given.
 */
export function clipLabels(points: LabelledPoints, tile: Region): LabelledPoints {
  const kept = { x: [] as number[], y: [] as number[], class: [] as number[] };
  for (let i = 0; i < points.x.length; i++) {
    const x = overlap(points.x[i]!, tile.x, tile.width);
    const y = overlap(points.y[i]!, tile.y, tile.height);
    if (x.length > 0 && y.length > 0 && x.length * y.length >= MIN_AREA_PX2) {
      kept.x.push(x.centre);
      kept.y.push(y.centre);
      kept.class.push(points.class[i]!);
    }
  }
  return kept;
}

/** The part of a box around `centre` that lies in the tile, along one axis, relative to the tile. */
function overlap(centre: number, start: number, size: number): { centre: number; length: number } {
  const from = Math.max(centre - BOX_PX / 2, start);
  const to = Math.min(centre + BOX_PX / 2, start + size);
  return { centre: (from + to) / 2 - start, length: to - from };
}
