/**
 * The readers of slides. The first that takes a file opens it; its code and libraries are loaded then.
 *
 * @module
 */

import { findOpenSlide } from './openslide/library.ts';
import type { PlainImageDecoder } from './plain/decode-plain-image.ts';
import type { Slide } from './slide.ts';
import type { SlideFile } from './slide-file.ts';
import { decoderOf } from './tiff/compression.ts';
import { isSubsampled } from './tiff/subsampled.ts';
import { whyUndecodable } from './tiff/tiled-image.ts';

/** What a reader may use. */
export interface ReaderLimits {
  /** Largest `width * height` of an image that must be decoded as a whole. */
  readonly maxPixels: number;
  /** Bytes of pixels that an open slide keeps. */
  readonly cacheBytes: number;
  /** Where an image is decoded that is decoded as a whole; in this process when left out. */
  readonly decode?: PlainImageDecoder | undefined;
}

export interface SlideReader {
  /** As `Slide.reader` reports it. */
  readonly id: string;
  /** What it reads, for people. */
  readonly reads: string;
  takes(file: SlideFile): boolean | Promise<boolean>;
  open(file: SlideFile, limits: ReaderLimits): Promise<Slide>;
}

/** Slides whose named file is an index, a thumbnail or nothing that its first bytes tell. */
const openSlideNames = /\.(mrxs|vms|vmu|svslide)$/i;

const openSlide: SlideReader = {
  id: 'openslide',
  reads:
    'NDPI, MRXS, SCN, BIF, VMS, Trestle, Sakura, Philips TIFF, JPEG 2000 with subsampled chroma',
  async takes({ path, bytes, type, vendor, tiles }) {
    // libvips would read the JPEG thumbnail beside a Mirax slide and call it the image.
    if (openSlideNames.test(path ?? '') || vendor?.ownRules !== undefined) return true;
    if (
      tiles &&
      decoderOf(tiles.compression) === 'jpeg2000' &&
      (await isSubsampled(bytes, tiles))
    ) {
      return true;
    }
    const mayKnow = path !== undefined && (type === undefined || vendor?.id === 'philips');
    const library = mayKnow ? await findOpenSlide() : undefined;
    const known = library ? await library.detectVendor(path!) : null;
    return type === undefined ? known !== null : known === 'philips';
  },
  open: async (file, { cacheBytes }) =>
    (await import('./openslide/open-openslide.ts')).openWithOpenSlide(file, cacheBytes),
};

const tiff: SlideReader = {
  id: 'tiff',
  reads: 'tiled TIFF, SVS and OME-TIFF with JPEG, JPEG 2000, LZW, Deflate, Zstandard or WebP tiles',
  takes: ({ tiles }) => tiles !== undefined && whyUndecodable(tiles) === undefined,
  open: async (file, { cacheBytes }) =>
    (await import('./tiff/open-tiff.ts')).openTiffSlide(file, cacheBytes),
};

const plain: SlideReader = {
  id: 'plain',
  reads: 'JPEG, PNG, WebP, TIFF without tiles',
  takes: () => true,
  open: async (file, { maxPixels, cacheBytes, decode }) =>
    (await import('./plain/open-plain.ts')).openPlainSlide(file, maxPixels, cacheBytes, decode),
};

/** In the order in which they are asked. */
export const slideReaders: readonly SlideReader[] = [openSlide, tiff, plain];
