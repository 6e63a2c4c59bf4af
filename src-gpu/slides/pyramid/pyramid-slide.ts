/**
 * What all readers share: from levels of pixels to a slide.
 *
 * @module
 */
import { throwIfCanceled } from '../../../shared/cancel.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import { readOnWhite } from '../../../shared/image/read-on-white.ts';
import type { Region, Size } from '../../../shared/image/source.ts';
import type { Slide, SlideLevel } from '../slide.ts';
import { type Pixels, type RasterCache, rasterCache } from './pixels.ts';
import { resampled } from './resampled.ts';

/** What a reader found in a file. */
export interface PyramidParts
  extends Pick<
    Slide,
    'reader' | 'vendor' | 'mpp' | 'bounds' | 'warnings' | 'dicom' | 'fingerprint'
  > {
  /** From fine to coarse; at least one. */
  readonly levels: readonly Pixels[];
  /** Bytes of resampled pixels that are kept. */
  readonly cacheBytes: number;
  readonly close: () => Promise<void>;
}

/** Rounding takes up to half a pixel from the size asked for and less than one from the level. */
const ROUNDING_PX = 1.5;

export class PyramidSlide implements Slide {
  readonly width: number;
  readonly height: number;
  readonly mpp: number | undefined;
  readonly reader: string;
  readonly vendor: string | undefined;
  readonly levels: readonly SlideLevel[];
  readonly bounds: Slide['bounds'];
  readonly warnings: Slide['warnings'];
  readonly dicom: Slide['dicom'];
  readonly fingerprint: Slide['fingerprint'];
  readonly #levels: readonly Pixels[];
  readonly #cache: RasterCache;
  readonly #closeFile: () => Promise<void>;
  readonly #reads = new Set<Promise<unknown>>();
  #target: (Size & { readonly pixels: Pixels }) | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: PyramidParts) {
    const [first] = parts.levels;
    if (!first) throw new RangeError('A slide has at least one level.');
    this.width = first.width;
    this.height = first.height;
    this.mpp = parts.mpp;
    this.reader = parts.reader;
    this.vendor = parts.vendor;
    this.bounds = parts.bounds;
    this.warnings = parts.warnings;
    this.dicom = parts.dicom;
    this.fingerprint = parts.fingerprint;
    this.levels = parts.levels.map(({ width, height }) => {
      return { width, height, downsample: first.width / width };
    });
    this.#levels = parts.levels;
    this.#cache = rasterCache(parts.cacheBytes);
    this.#closeFile = parts.close;
  }

  async read(region: Region, target: Size, signal?: AbortSignal): Promise<Raster> {
    if (this.#closing) {
      throw new UniCellError('IMAGE_UNREADABLE', 'The slide has been closed. Open it again.');
    }
    const reading = readOnWhite(region, target, signal, (inside) =>
      this.#pixelsOf(target).read(inside, signal),
    );
    this.#reads.add(reading);
    try {
      const raster = await reading;
      throwIfCanceled(signal);
      return raster;
    } finally {
      this.#reads.delete(reading);
    }
  }

  /** Lets reads that were begun end first. */
  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#reads).then(() => {
      this.#cache.clear();
      return this.#closeFile();
    });
    return this.#closing;
  }

  /** The slide at a size, as pixels; sizes are asked for one after the other, so the last one is kept. */
  #pixelsOf({ width, height }: Size): Pixels {
    if (this.#target?.width !== width || this.#target.height !== height) {
      const level = levelFor(this.#levels, { width, height });
      const isSame = level.width === width && level.height === height;
      const key = `${width}x${height}`;
      const pixels = isSame ? level : resampled(level, { width, height }, key, this.#cache);
      this.#target = { width, height, pixels };
    }
    return this.#target.pixels;
  }
}

/** The coarsest level that is at least as fine as the target; the finest one for a finer target. */
function levelFor(levels: readonly Pixels[], target: Size): Pixels {
  const isFine = ({ width, height }: Pixels) =>
    width + ROUNDING_PX > target.width && height + ROUNDING_PX > target.height;
  return levels.findLast(isFine) ?? levels[0]!;
}
