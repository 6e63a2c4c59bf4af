/**
 * Which files a precision of a model is made of, and whether these bytes are they.
 *
 * @module
 */

import { UniCellError } from '../errors.ts';
import { sha256Hex } from '../sha256.ts';
import type { ModelCard, ModelFile } from './card.ts';

/**
 * The files of one precision.
 *
 * @param precision A key of the card's `variants`, for instance `fp32`.
 * @throws {UniCellError} `MODEL_NOT_FOUND`, listing the precisions there are.
 */
export function variantOf(card: ModelCard, precision: string): ModelCard['variants'][string] {
  const variant = Object.hasOwn(card.variants, precision) ? card.variants[precision] : undefined;
  if (!variant) {
    throw new UniCellError(
      'MODEL_NOT_FOUND',
      `Model ${card.id} has no precision ${JSON.stringify(precision)}; its card lists ` +
        `${Object.keys(card.variants).join(', ') || 'none'}.`,
    );
  }
  return variant;
}

/**
 * Makes sure that a file is the one that the card describes.
 *
 * @param origin Where the bytes came from, for the message.
 * @throws {UniCellError} `CARD_MISMATCH`.
 */
export async function checkModelFile(
  bytes: Uint8Array<ArrayBuffer>,
  file: ModelFile,
  origin: string,
): Promise<void> {
  requireSha256(await sha256Hex(bytes), bytes.length, file, origin);
}

/**
 * Makes sure that a file whose hash is known is the one that the card describes.
 *
 * @param sha256 Of what was read, lower-case hex.
 * @param bytes How much was read, for the message.
 * @param origin Where it came from, for the message.
 * @throws {UniCellError} `CARD_MISMATCH`.
 */
export function requireSha256(sha256: string, bytes: number, file: ModelFile, origin: string) {
  if (sha256 !== file.sha256) {
    throw new UniCellError(
      'CARD_MISMATCH',
      `${origin} has sha256 ${sha256} (${bytes} bytes), but its card says ${file.sha256} ` +
        `(${file.bytes} bytes). The file is damaged or belongs to another version: fetch file and card again together.`,
    );
  }
}
