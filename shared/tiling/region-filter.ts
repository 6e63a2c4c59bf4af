import type { Region, Size } from '../image/source.ts';

/** Parts of an image (`regionMask` makes them of GeoJSON). */
export interface RegionFilter {
  /** Of the parts together, in pixels of the image. */
  readonly areaPx: number;
  /** @param x, y In pixels of the image. */
  contains(x: number, y: number): boolean;
  /**
   * Whether a rectangle may hold a place that is inside; never wrongly no.
   *
   * @param region In pixels of `level`, which is the whole image at some resolution.
   */
  touches(region: Region, level: Size): boolean;
}
