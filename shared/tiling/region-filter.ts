import type { Region, Size } from '../image/source.ts';

/** Parts of a picture (`regionMask` makes them of GeoJSON). */
export interface RegionFilter {
  /** @param x, y In pixels of the picture. */
  contains(x: number, y: number): boolean;
  /**
   * Whether a rectangle may hold a place that is inside; never wrongly no.
   *
   * @param region In pixels of `plane`, which is the whole picture at some resolution.
   */
  touches(region: Region, plane: Size): boolean;
}
