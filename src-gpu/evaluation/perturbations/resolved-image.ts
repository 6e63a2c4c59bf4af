import type { Raster } from '../../../shared/image/raster.ts';

/** A picture in memory with its resolution. */
export interface ResolvedImage {
  readonly raster: Raster;
  /** Micrometres per pixel. */
  readonly mpp: number;
}
