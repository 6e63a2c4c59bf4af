/**
 * Parts of slides as images, for viewers.
 *
 * @module
 */
import sharp from 'sharp';
import type { Caller } from '../../shared/api/http/caller.ts';
import { throwIfCanceled } from '../../shared/cancel.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { Raster } from '../../shared/image/raster.ts';
import type { Size } from '../../shared/image/source.ts';
import type { LevelRegion } from '../../shared/viewer/deep-zoom.ts';
import type { ImageRequest } from '../../shared/viewer/iiif-request.ts';
import { CallerPlaces, Places } from '../admission/places.ts';
import type { JobRecord } from '../jobs/job-store.ts';
import type { SlideCache } from '../jobs/runner/slide-cache.ts';
import { defaultMaxPixels } from '../slides/open-slide.ts';
import type { Slide } from '../slides/slide.ts';

/** Images made at once, and such that wait: a screen full of tiles for a few dozen viewers. */
const PLACES = { running: 4, waiting: 1024, waitMs: 60_000 };
/** Of one caller, made and waiting: many pages, and not all places. */
const CALLER_PLACES = 200;
/** Of JPEG and WebP: nuclei keep their texture. */
const QUALITY = 85;
/** Rounding of a level's size: viewers round up, scanners down. */
const ROUNDING_PX = 1;

export class SlideImages {
  readonly #slides: SlideCache;
  readonly #places = new Places(PLACES);
  // An edge that is told OVERLOADED would leave the service alone, for all of its callers.
  readonly #callers = new CallerPlaces(CALLER_PLACES, 'RATE_LIMITED');

  constructor(slides: SlideCache) {
    this.#slides = slides;
  }

  size(record: JobRecord): Promise<Size> {
    return this.#slides.use(record, async ({ width, height }) => ({ width, height }));
  }

  /**
   * Reads and encodes a part of a slide.
   *
   * @throws {UniCellError} What opening the slide and `request` throw, `IMAGE_TOO_LARGE` for a slide without
   *   a level that is coarse enough, `IMAGE_UNREADABLE`, `RATE_LIMITED`, `OVERLOADED`, `CANCELED`.
   */
  async image(
    record: JobRecord,
    caller: Caller,
    request: (slide: Size) => ImageRequest,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const leave = this.#callers.occupy(caller.id);
    try {
      return await this.#places.run(() => {
        throwIfCanceled(signal);
        const make = (slide: Slide) => makeImage(slide, request(slide), signal);
        return this.#slides.use(record, make, signal);
      });
    } finally {
      leave();
    }
  }
}

async function makeImage(
  slide: Slide,
  asked: ImageRequest,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  requireLevel(slide, asked);
  const raster = await slide.read(asked.region, levelNear(slide, asked), signal);
  throwIfCanceled(signal);
  return encodeImage(raster, asked);
}

/** The size of a level of the file where that is meant, so that nothing has to be resampled. */
function levelNear({ levels }: Slide, { level: target }: LevelRegion): Size {
  const level = levels.find(
    ({ width, height }) =>
      Math.abs(width - target.width) <= ROUNDING_PX &&
      Math.abs(height - target.height) <= ROUNDING_PX,
  );
  return level ? { width: level.width, height: level.height } : target;
}

/** @throws {UniCellError} `IMAGE_TOO_LARGE` when too many pixels would be read for the few that are shown. */
function requireLevel({ levels }: Slide, { level: target, region }: LevelRegion): void {
  const finer = levels.findLast(({ width }) => width + ROUNDING_PX >= target.width) ?? levels[0]!;
  const perPixel = Math.max(1, finer.width / target.width) ** 2;
  const pixels = region.width * region.height * perPixel;
  if (pixels <= defaultMaxPixels) return;
  throw new UniCellError(
    'IMAGE_TOO_LARGE',
    `${region.width} x ${region.height} pixels of this size would take ${Math.round(pixels / 1e6)} megapixels of the slide, whose coarsest level has ${levels.at(-1)!.width} x ${levels.at(-1)!.height} pixels; at most ${Math.round(defaultMaxPixels / 1e6)} are read. Zoom in, or make the slide a pyramid.`,
  );
}

/** A raster as a file, mirrored, turned and coloured as asked. */
async function encodeImage(
  { width, height, data }: Raster,
  { rotation, isMirrored, isGrey, format }: ImageRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  let image = sharp(data, { raw: { width, height, channels: 3 } });
  if (isMirrored) image = image.flop();
  if (rotation !== 0) image = image.rotate(rotation);
  if (isGrey) image = image.greyscale();
  const files = {
    jpg: () => image.jpeg({ quality: QUALITY }),
    png: () => image.png({ compressionLevel: 6 }),
    webp: () => image.webp({ quality: QUALITY }),
  };
  return new Uint8Array(await files[format]().toBuffer());
}
