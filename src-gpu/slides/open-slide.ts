/**
 * Opens whatever holds a slide or an image.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import type { RangeFetch } from './bytes/http-bytes.ts';
import { isDicomPath } from './dicom/dicom-path.ts';
import { type ReaderLimits, slideReaders } from './registry.ts';
import type { Slide } from './slide.ts';
import { openSlideFile } from './slide-file.ts';
import { requireKnownFormat } from './unread-formats.ts';
import { isZarrPath, isZarrUrl } from './zarr/zarr-path.ts';

/** 268 megapixels (16384 x 16384), 805 MB as RGB: what one process may hold of one image. */
export const defaultMaxPixels = 16_384 * 16_384;
/** Room for a row of windows across a chunk, read at four times its pixels. */
export const defaultCacheBytes = 160 * 1024 * 1024;

export interface OpenSlideOptions extends Partial<ReaderLimits> {
  /**
   * How URLs are reached. Without it they are refused, so that nothing is fetched that nobody has
   * checked.
   */
  readonly fetch?: RangeFetch | undefined;
  /** Which image of a TIFF or OME-Zarr that holds several: the number of an OME image, else of a page, from 0. */
  readonly series?: number | undefined;
  /** Whether files beside a DICOM file are looked at for further levels of its slide. */
  readonly hasSiblings?: boolean | undefined;
}

/**
 * Opens a slide. Files are told apart by their content; see docs/slides.md for what is read by whom.
 *
 * @param location A path, of a folder for DICOM and OME-Zarr, or an http(s) URL; of a server with byte ranges, but for
 *   OME-Zarr.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `IMAGE_UNSUPPORTED` (the message names what would read it),
 *   `IMAGE_UNREADABLE` for a damaged or truncated file, `IMAGE_TOO_LARGE` for an image that would have to
 *   be decoded as a whole; for a URL also `SOURCE_UNREACHABLE`, `SOURCE_WITHOUT_RANGES` and what `fetch`
 *   throws.
 * @example
 * const slide = await openSlide('slide.svs');
 * const window = await slide.read({ x: 0, y: 0, width: 256, height: 256 }, sizeAtMpp(slide, 0.25, 0.5));
 * await slide.close();
 */
export async function openSlide(location: string, options: OpenSlideOptions = {}): Promise<Slide> {
  const {
    maxPixels = defaultMaxPixels,
    cacheBytes = defaultCacheBytes,
    fetch = refuse,
    series,
    hasSiblings = false,
    decode,
  } = options;
  const isUrl = /^https?:\/\//i.test(location);
  if (!isUrl && (await isDicomPath(location))) {
    requireOnly(location, series);
    const { openDicomFiles } = await import('./dicom/open-dicom.ts');
    return openDicomFiles(location, hasSiblings, cacheBytes);
  }
  if (isUrl ? isZarrUrl(location) : await isZarrPath(location)) {
    const { openZarr } = await import('./zarr/open-zarr.ts');
    return openZarr(location, fetch, series, cacheBytes);
  }
  const file = await openSlideFile(location, fetch, series);
  try {
    await requireKnownFormat(file);
    if (!file.chosen) requireOnly(file.bytes.label, series);
    for (const reader of slideReaders) {
      if (await reader.takes(file))
        return await reader.open(file, { maxPixels, cacheBytes, decode });
    }
    throw new TypeError('The last reader takes every file.');
  } catch (error) {
    await file.bytes.close();
    throw error;
  }
}

/** @throws {UniCellError} `INVALID_OPTIONS` for another image than the first of what holds one. */
function requireOnly(label: string, series = 0): void {
  if (series === 0) return;
  throw new UniCellError(
    'INVALID_OPTIONS',
    `${label} has no image ${series} to read: it holds one image, 0. Only a TIFF or an OME-Zarr may hold several.`,
  );
}

function refuse(url: string): Promise<Response> {
  throw new UniCellError(
    'SOURCE_FORBIDDEN',
    `${url} is a URL, and URLs are not read here. Download the slide and pass its path.`,
  );
}
