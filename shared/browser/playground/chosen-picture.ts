/**
 * The picture that the user chose: of which kind it is, and what of it a browser can draw.
 *
 * @module
 */
import { type ImageType, sniffImage } from '../../image/image-header.ts';
import { withoutOrientation } from '../../image/orientation.ts';
import type { Size } from '../../image/source.ts';
import type { TiffAnswer, TiffRequest } from './tiff.ts';

/** What is drawn: the picture, or a smaller copy of it. */
export interface Preview {
  readonly bitmap: ImageBitmap;
  /** Of the picture itself. */
  readonly full: Size;
}

/** Longest side of what is drawn; screens show no more. */
export const PREVIEW_PX = 3000;
const HEAD_BYTES = 16;
const TIFF_TIMEOUT_MS = 20_000;

/** @returns The kind by the first bytes, whatever the file is called; `undefined` for what is no picture. */
export async function kindOf(file: Blob): Promise<ImageType | undefined> {
  return sniffImage(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
}

/**
 * The picture as it can be drawn. Pixels lie as the file has them, since that is how nuclei are counted.
 *
 * @param signal Ends the decoding of a TIFF that nobody waits for any more.
 * @throws {Error} in words for the user, where it cannot be drawn.
 */
export async function previewOf(
  file: Blob,
  type: ImageType,
  signal: AbortSignal,
): Promise<Preview> {
  if (type === 'image/tiff') return previewOfTiff(file, signal);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const upright = withoutOrientation(bytes, type);
  const asStored = upright === bytes ? file : new Blob([upright], { type });
  const whole = await createImageBitmap(asStored).catch(() => {
    throw new Error(
      'The browser cannot decode it: the file is damaged or truncated, or too large.',
    );
  });
  return smaller(whole);
}

/** The reader of TIFF is large and few need it; and it may take longer than anybody waits. */
async function previewOfTiff(file: Blob, signal: AbortSignal): Promise<Preview> {
  signal.throwIfAborted();
  const worker = new Worker('/playground/tiff.js', { type: 'module' });
  try {
    const answer = await answerOf(worker, { file, wantedPx: PREVIEW_PX }, signal);
    if ('problem' in answer) throw new Error(answer.problem);
    return { bitmap: (await smaller(answer.bitmap)).bitmap, full: answer.full };
  } finally {
    worker.terminate();
  }
}

function answerOf(worker: Worker, request: TiffRequest, signal: AbortSignal): Promise<TiffAnswer> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const patience = setTimeout(() => {
      const limit = TIFF_TIMEOUT_MS / 1000;
      reject(new Error(`The TIFF was not decoded in ${limit} seconds, so it is not drawn here.`));
    }, TIFF_TIMEOUT_MS);
    worker.onmessage = ({ data }: MessageEvent<TiffAnswer>) => {
      clearTimeout(patience);
      resolve(data);
    };
    worker.onerror = (event) => {
      clearTimeout(patience);
      event.preventDefault();
      reject(new Error('The TIFF cannot be decoded here: its reader has failed.'));
    };
    worker.postMessage(request);
  });
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
