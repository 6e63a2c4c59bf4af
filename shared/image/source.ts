/**
 * Where pixels come from. A decoded image, an SVS slide, a DICOM series and an IIIF server all look
 * the same to the core: a plane of known size that can be read, region by region, at any resolution.
 *
 * @module
 */
import type { Raster } from './raster.ts';

/** A rectangle in pixels of some plane: `[x, x + width) x [y, y + height)`. Integers. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The size of a plane in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * An image that can be read region by region.
 *
 * Reading at a plane: a source of `width x height` read at the plane size `plane` behaves as if the
 * whole image were resampled to exactly `plane.width x plane.height` and then cut. So two regions of
 * one plane always agree where they overlap, and no seam can come from rounding.
 */
export interface ImageSource extends Size {
  /** Micrometres per pixel at full resolution, from the file's header; `undefined` when it does not say. */
  readonly mpp: number | undefined;
  /**
   * Reads `region` (pixels of `plane`) from the image resampled to `plane`. Parts of `region` outside
   * the plane come back white (255), as glass.
   *
   * @throws {UniCellError} `IMAGE_UNREADABLE` when the pixels cannot be decoded.
   */
  read(region: Region, plane: Size, signal?: AbortSignal): Promise<Raster>;
}
