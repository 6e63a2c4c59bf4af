/**
 * Where pixels come from. A decoded image, an SVS slide, a DICOM series and an IIIF server all look
 * the same to the core: an image of known size that can be read, region by region, at any resolution.
 *
 * @module
 */
import type { Raster } from './raster.ts';

/** A rectangle in pixels of a level, the whole image at some resolution: `[x, x + width) x [y, y + height)`. Integers. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The size of a level in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * An image that can be read region by region.
 *
 * Reading at a level, whether a file holds it or not: a source of `width x height` behaves as if the
 * whole image were resampled to exactly `level.width x level.height` and then cut. So two regions of
 * one level always agree where they overlap, and no seam can come from rounding.
 */
export interface ImageSource extends Size {
  /** Micrometres per pixel at full resolution, from the file's header; `undefined` when it does not say. */
  readonly mpp: number | undefined;
  /**
   * Reads `region` (pixels of `level`) from the image resampled to `level`. Parts of `region` outside
   * the level come back white (255), as glass.
   *
   * @throws {UniCellError} `IMAGE_UNREADABLE` when the pixels cannot be decoded.
   */
  read(region: Region, level: Size, signal?: AbortSignal): Promise<Raster>;
}
