/**
 * A file that is about to be opened as a slide: what its first bytes say, read once for all readers.
 *
 * @module
 */
import { type ImageType, sniffImage } from '../../shared/image/image-header.ts';
import type { ByteSource } from './bytes/byte-source.ts';
import { cachedBytes } from './bytes/cached-bytes.ts';
import { openFile } from './bytes/file-bytes.ts';
import { openHttp, type RangeFetch } from './bytes/http-bytes.ts';
import { type ChosenPage, choosePage } from './tiff/choose-page.ts';
import { openTiff, type TiffFile } from './tiff/tiff-file.ts';
import { type TiffVendor, tiffVendor } from './tiff/tiff-vendor.ts';
import { readTiledColours, type TiledImage } from './tiff/tiled-image.ts';

export interface SlideFile {
  /** `undefined` for a file behind a URL. */
  readonly path: string | undefined;
  readonly bytes: ByteSource;
  /** By the first bytes. */
  readonly type: ImageType | undefined;
  readonly tiff?: TiffFile | undefined;
  /** Who made it, if it is a TIFF. */
  readonly vendor?: TiffVendor | undefined;
  /** The picture among the pages of a TIFF that the common rules explain. */
  readonly chosen?: ChosenPage | undefined;
  /** Its pixels, when they lie in tiles. */
  readonly tiles?: TiledImage | undefined;
}

/**
 * Opens a file and reads its header.
 *
 * @param location A path, or an http(s) URL.
 * @param series As of `choosePage`.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `IMAGE_UNREADABLE`; for a URL `SOURCE_UNREACHABLE` and
 *   `SOURCE_WITHOUT_RANGES`.
 */
export async function openSlideFile(
  location: string,
  fetch: RangeFetch,
  series?: number,
): Promise<SlideFile> {
  const isUrl = /^https?:\/\//i.test(location);
  const bytes = isUrl ? cachedBytes(await openHttp(location, fetch)) : await openFile(location);
  const path = isUrl ? undefined : location;
  try {
    const type = sniffImage(await bytes.read(0, Math.min(16, bytes.size)));
    const tiff = type === 'image/tiff' ? await openTiff(bytes) : undefined;
    if (!tiff) return { path, bytes, type };
    const vendor = await tiffVendor(tiff.directories[0]!);
    if (vendor.ownRules) return { path, bytes, type, tiff, vendor };
    const chosen = await choosePage(tiff, series);
    const tiles = await readTiledColours(bytes.label, chosen);
    return { path, bytes, type, tiff, vendor, chosen, tiles };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}
