/**
 * What the bytes of a frame are. Servers name types that do not fit what they send, so the bytes count
 * first.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { readJpegHeader } from './jpeg-header.ts';
import type { DicomwebPart } from './read-answer.ts';
import { codecOf, type FrameCodec, syntaxName } from './transfer-syntaxes.ts';
import type { FramePixels } from './wsm-instance.ts';

/**
 * Finds out how a frame is decoded.
 *
 * @throws {UniCellError} `IMAGE_UNSUPPORTED`, with the name of the transfer syntax, for what is not decoded
 *   here; `IMAGE_UNREADABLE` for bytes that are nothing.
 */
export function frameCodec(frame: DicomwebPart, pixels: FramePixels): FrameCodec {
  const { bytes, transferSyntax } = frame;
  if (codecOf(transferSyntax) === 'native') return 'native';
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) {
    if (isDecodedJpeg(bytes)) return 'jpeg';
    throw unsupported(
      transferSyntax,
      'JPEG of a kind other than baseline, extended and progressive',
    );
  }
  const isJpeg2000 = startsWith(bytes, [0xff, 0x4f, 0xff, 0x51]) || isJp2(bytes);
  if (isJpeg2000) return 'jpeg2000';
  const said = transferSyntax ?? pixels.transferSyntax;
  if (isPlainLength(bytes.length, pixels) && codecOf(said) !== 'jpeg') return 'native';
  if (said !== undefined && codecOf(said) === undefined) {
    throw unsupported(said, 'an unknown encoding');
  }
  throw new UniCellError(
    'IMAGE_UNREADABLE',
    `A frame of ${bytes.length} bytes is neither JPEG nor JPEG 2000 nor plain pixels of ${pixels.tile.width} x ${pixels.tile.height}. The PACS has damaged it, or stores it in a way that it does not name.`,
  );
}

/** Bytes of a frame of plain pixels; a byte may be added to make them even. */
export function plainBytes({ tile, samples, bitsAllocated }: FramePixels): number {
  return tile.width * tile.height * samples * Math.ceil(bitsAllocated / 8);
}

function isPlainLength(length: number, pixels: FramePixels): boolean {
  const exact = plainBytes(pixels);
  return length === exact || length === exact + (exact % 2);
}

/** Huffman coded, sequential or progressive, with 8 bits; one that is damaged has a decoder to say how. */
function isDecodedJpeg(bytes: Uint8Array): boolean {
  const { process, precisionBits } = readJpegHeader(bytes) ?? { process: 0xc0, precisionBits: 8 };
  return process <= 0xc2 && precisionBits === 8;
}

function isJp2(bytes: Uint8Array): boolean {
  return startsWith(bytes, [0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20]);
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((value, i) => bytes[i] === value);
}

function unsupported(transferSyntax: string | undefined, otherwise: string): UniCellError {
  const what = transferSyntax === undefined ? otherwise : syntaxName(transferSyntax);
  return new UniCellError(
    'IMAGE_UNSUPPORTED',
    `The frames are stored as ${what}, which is not decoded here; read are JPEG, JPEG 2000 and plain pixels. Let the PACS give them as plain pixels (Explicit VR Little Endian), or convert the slide, for instance with \`gdcmconv --jpeg\` or \`dcmcjpeg\`.`,
  );
}
