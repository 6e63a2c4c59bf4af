/**
 * OME-Zarr 0.4 and 0.5, in a folder or on a server.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { noColourWarning } from '../../../shared/image/colour.ts';
import { mppOfPixel, notSquareWarnings } from '../../../shared/image/pixel-size.ts';
import { untilAborted } from '../../../shared/shared-load.ts';
import type { RangeFetch } from '../bytes/http-bytes.ts';
import { rasterCache } from '../pyramid/pixels.ts';
import { PyramidSlide } from '../pyramid/pyramid-slide.ts';
import type { Slide, SlideWarning } from '../slide.ts';
import { omeOrder } from '../tiff/colour-pages.ts';
import { findImage } from './find-image.ts';
import { FolderStore } from './folder-store.ts';
import { HttpStore } from './http-store.ts';
import { isLevelOf } from './level-of.ts';
import type { OmeMultiscale } from './ome-metadata.ts';
import { deepWarnings, fingerprintOfZarr } from './sampled-chunks.ts';
import { MAX_CHUNK_BYTES, openPixelArray } from './zarr-array.ts';
import { type LevelArray, sideOf, zarrLevel } from './zarr-level.ts';
import { ZarrFiles } from './zarr-store.ts';

/** Parts of the cache: most for decoded chunks, the rest for what was resampled from them. */
const CHUNK_SHARE = 0.7;

/**
 * Opens the picture of a Zarr.
 *
 * @param location A folder, or an http(s) URL; of the Zarr, or of a group in it.
 * @param fetch Reaches URLs.
 * @param series As of `findImage`.
 * @param cacheBytes Bytes of pixels that are kept.
 * @throws {UniCellError} As `findImage` and `openPixelArray`; of a URL also what `fetch` throws.
 */
export async function openZarr(
  location: string,
  fetch: RangeFetch,
  series: number | undefined,
  cacheBytes: number,
): Promise<Slide> {
  const isUrl = /^https?:\/\//i.test(location);
  const store = isUrl ? new HttpStore(location, fetch) : new FolderStore(location);
  const files = new ZarrFiles(store, 2 * MAX_CHUNK_BYTES);
  const found = await findImage(files, series);
  const { image } = found;
  const { label } = store;
  const levels = await openLevels(files, found);
  const channels = coloursOf(label, image, levels[0]!);
  const coloured = levels.map((level) => ({ ...level, channels: channels.places }));
  const cache = rasterCache(cacheBytes * CHUNK_SHARE);
  const { pixelSize } = image;
  return new PyramidSlide({
    reader: 'zarr',
    vendor: undefined,
    mpp: pixelSize && mppOfPixel(pixelSize),
    levels: coloured.map((level, i) => zarrLevel(level, String(i), cache)),
    bounds: undefined,
    warnings: [
      ...found.warnings,
      ...channels.warnings,
      ...planeWarnings(label, levels[0]!),
      ...(pixelSize && mppOfPixel(pixelSize) ? notSquareWarnings(label, pixelSize) : []),
      ...(await deepWarnings(label, coloured.at(-1)!)),
    ],
    cacheBytes: cacheBytes * (1 - CHUNK_SHARE),
    fingerprint: (signal) => untilAborted(fingerprintOfZarr(files, levels), signal),
    close: async () => cache.clear(),
  });
}

type PlainLevel = Omit<LevelArray, 'channels'>;

/** The finest, and those of the others that show the same area in the same way. */
async function openLevels(
  files: ZarrFiles,
  { path, version, image }: Awaited<ReturnType<typeof findImage>>,
): Promise<PlainLevel[]> {
  const { label } = files.store;
  const levels: PlainLevel[] = [];
  const planeAxes = [image.axes.indexOf('y'), image.axes.indexOf('x')];
  for (const described of image.levels) {
    const at = path === '' ? described.path : `${path}/${described.path}`;
    const array = await openPixelArray(files, at, version, planeAxes);
    if (array.shape.length !== image.axes.length) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `${label} has ${image.axes.length} axes and an array of ${array.shape.length} at ${at}. The Zarr is damaged; export it again.`,
      );
    }
    const level = { array, axes: image.axes };
    const finest = levels[0];
    if (finest === undefined || isLevelOf(image, finest, described, level)) levels.push(level);
  }
  return levels
    .map((level) => ({ level, width: sideOf(level, 'x') }))
    .sort((a, b) => b.width - a.width)
    .filter(({ width }, i, all) => i === 0 || width < all[i - 1]!.width)
    .map(({ level }) => level);
}

/** Places of the colours, and what was taken for granted. */
function coloursOf(
  label: string,
  { channels }: OmeMultiscale,
  level: PlainLevel,
): { readonly places: readonly number[]; readonly warnings: readonly SlideWarning[] } {
  const count = sideOf(level, 'c');
  if (count === 1) return { places: [0], warnings: [noColourWarning(label)] };
  const said = channels.some(
    ({ name, colour, isFluorescence }) =>
      name !== undefined || colour !== undefined || isFluorescence,
  );
  const places = said ? omeOrder(channels) : [0, 1, 2];
  if (count !== 3 || places === undefined) {
    const names = channels.map(({ name }, i) => name ?? `channel ${i}`).slice(0, 8);
    const shown = names.length > 0 ? ` (${names.join(', ')})` : '';
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} has ${count} channels${shown}, and they are not red, green and blue. Read are three channels of a bright-field picture, or one.`,
    );
  }
  const detail = `${label} has three channels and does not say what they are; they are read as red, green and blue.`;
  return { places, warnings: said ? [] : [{ code: 'CHANNELS_ASSUMED', detail }] };
}

function planeWarnings(label: string, level: PlainLevel): SlideWarning[] {
  const planes = sideOf(level, 't') * sideOf(level, 'z');
  if (planes <= 1) return [];
  const detail = `${label} holds ${planes} planes of depth or time; only the first is read.`;
  return [{ code: 'FIRST_PLANE_ONLY', detail }];
}
