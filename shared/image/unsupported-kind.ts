import type { ImageType } from './image-header.ts';

/**
 * What a whole file is that small decoders do not read, as CMYK and animations: a reason to ask a stronger one, not
 * a damage.
 *
 * @returns `undefined` for kinds that every decoder reads.
 */
export function specialKind(bytes: Uint8Array, type: ImageType): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === 'image/webp') {
    const isAnimated =
      bytes.length > 20 && view.getUint32(12) === 0x56503858 && (bytes[20]! & 2) !== 0;
    return isAnimated ? 'an animated WebP' : undefined;
  }
  return type === 'image/jpeg' ? specialJpeg(bytes, view) : undefined;
}

/** By the frame header (ITU-T T.81, section B.2.2). */
function specialJpeg(bytes: Uint8Array, view: DataView): string | undefined {
  for (let at = 2; at + 10 <= bytes.length; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint8(at + 1);
    if (view.getUint8(at) !== 0xff || marker === 0xda) return undefined;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (!isFrame) continue;
    if (marker > 0xc2) return 'a JPEG that is lossless or coded arithmetically';
    if (view.getUint8(at + 4) !== 8) return `a JPEG of ${view.getUint8(at + 4)} bits`;
    const components = view.getUint8(at + 9);
    return components === 4 ? 'a JPEG in CMYK' : undefined;
  }
  return undefined;
}
