import sharp from 'sharp';
import type { Raster } from '../../shared/image/raster.ts';
import type { PictureRequest } from '../../shared/viewer/iiif-request.ts';

/** Of JPEG and WebP: nuclei keep their texture. */
const QUALITY = 85;

/** A raster as a file, mirrored, turned and coloured as asked. */
export async function encodePicture(
  { width, height, data }: Raster,
  { rotation, isMirrored, isGrey, format }: PictureRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  let picture = sharp(data, { raw: { width, height, channels: 3 } });
  if (isMirrored) picture = picture.flop();
  if (rotation !== 0) picture = picture.rotate(rotation);
  if (isGrey) picture = picture.greyscale();
  const files = {
    jpg: () => picture.jpeg({ quality: QUALITY }),
    png: () => picture.png({ compressionLevel: 6 }),
    webp: () => picture.webp({ quality: QUALITY }),
  };
  return new Uint8Array(await files[format]().toBuffer());
}
