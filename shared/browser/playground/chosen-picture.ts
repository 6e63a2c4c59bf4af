/**
 * The picture that the user chose: of which kind it is, and what of it a browser can draw.
 *
 * @module
 */
import { type ImageType, sniffImage } from '../../image/image-header.ts';
import type { Size } from '../../image/source.ts';

/** What is drawn: the picture, or a smaller copy of it. */
export interface Preview {
  readonly bitmap: ImageBitmap;
  /** Of the picture itself. */
  readonly full: Size;
}

/** Longest side of what is drawn; screens show no more. */
export const PREVIEW_PX = 3000;
const HEAD_BYTES = 16;

/** @returns The kind by the first bytes, whatever the file is called; `undefined` for what is no picture. */
export async function kindOf(file: Blob): Promise<ImageType | undefined> {
  return sniffImage(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
}

/**
 * The picture as it can be drawn. Pixels lie as the file has them, since that is how nuclei are counted.
 *
 * @throws {Error} in words for the user, where it cannot be drawn.
 */
export async function previewOf(file: Blob, type: ImageType): Promise<Preview> {
  if (type === 'image/tiff') return previewOfTiff(file);
  const whole = await createImageBitmap(file, { imageOrientation: 'none' }).catch(() => {
    throw new Error(
      'The browser cannot decode it: the file is damaged or truncated, or too large.',
    );
  });
  return smaller(whole);
}

/** The reader of TIFF is large, and few need it. */
async function previewOfTiff(file: Blob): Promise<Preview> {
  const script: string = '/playground/tiff.js';
  const { readTiff } = (await import(script)) as typeof import('./tiff.ts');
  const { pixels, full } = await readTiff(file, PREVIEW_PX);
  return { bitmap: (await smaller(await createImageBitmap(pixels))).bitmap, full };
}

async function smaller(whole: ImageBitmap): Promise<Preview> {
  const full = { width: whole.width, height: whole.height };
  const scale = PREVIEW_PX / Math.max(full.width, full.height);
  if (scale >= 1) return { bitmap: whole, full };
  const bitmap = await createImageBitmap(whole, {
    resizeWidth: Math.max(1, Math.round(full.width * scale)),
    resizeHeight: Math.max(1, Math.round(full.height * scale)),
    resizeQuality: 'high',
  });
  whole.close();
  return { bitmap, full };
}
