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
import { openTiff, type TiffFile } from './tiff/tiff-file.ts';
import { type TiffVendor, tiffVendor } from './tiff/tiff-vendor.ts';
import { readTiledImage, type TiledImage } from './tiff/tiled-image.ts';

export interface SlideFile {
  /** `undefined` for a file behind a URL. */
  readonly path: string | undefined;
  readonly bytes: ByteSource;
  /** By the first bytes. */
  readonly type: ImageType | undefined;
  readonly tiff?: TiffFile | undefined;
  /** Who made it, if it is a TIFF. */
  readonly vendor?: TiffVendor | undefined;
  /** The first page of a TIFF, when its pixels lie in tiles. */
  readonly tiles?: TiledImage | undefined;
}

/**
 * Opens a file and reads its header.
 *
 * @param location A path, or an http(s) URL.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `IMAGE_UNREADABLE`; for a URL `SOURCE_UNREACHABLE` and
 *   `SOURCE_WITHOUT_RANGES`.
 */
export async function openSlideFile(location: string, fetch: RangeFetch): Promise<SlideFile> {
  const isUrl = /^https?:\/\//i.test(location);
  const bytes = isUrl ? cachedBytes(await openHttp(location, fetch)) : await openFile(location);
  const path = isUrl ? undefined : location;
  try {
    const type = sniffImage(await bytes.read(0, Math.min(16, bytes.size)));
    const tiff = type === 'image/tiff' ? await openTiff(bytes) : undefined;
    if (!tiff) return { path, bytes, type };
    const [first] = tiff.directories;
    const vendor = await tiffVendor(first!);
    const tiles = vendor.ownRules ? undefined : await readTiledImage(bytes.label, first!);
    return { path, bytes, type, tiff, vendor, tiles };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}
