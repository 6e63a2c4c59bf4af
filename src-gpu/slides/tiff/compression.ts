/**
 * How the tiles of a TIFF may be compressed, and who decodes that here.
 *
 * @module
 */

const OLD_JPEG = 6;
export const JPEG = 7;
export const DEFLATE = 8;
export const LOSSY_JPEG_2000 = 33004;
export const ZSTANDARD = 50000;
const WEBP = 50001;

/**
 * What libvips decodes: none, LZW, JPEG, Deflate (twice), PackBits, WebP; Zstandard in tiles, which are
 * made Deflate first.
 */
const byLibvips: ReadonlySet<number> = new Set([
  1,
  5,
  JPEG,
  DEFLATE,
  32946,
  32773,
  WEBP,
  ZSTANDARD,
]);

/** Aperio's two kinds of JPEG 2000, the one of libvips and others, and the registered one. */
const jpeg2000: ReadonlySet<number> = new Set([33003, LOSSY_JPEG_2000, 33005, 34712]);

const names: Readonly<Record<number, string>> = {
  2: 'CCITT',
  3: 'CCITT fax 3',
  4: 'CCITT fax 4',
  [OLD_JPEG]: 'JPEG of the old style',
  22610: 'JPEG XR',
  33003: 'JPEG 2000 (Aperio, YCbCr)',
  [LOSSY_JPEG_2000]: 'JPEG 2000',
  33005: 'JPEG 2000 (Aperio, RGB)',
  34676: 'SGI LogLuv',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34933: 'PNG',
  34934: 'JPEG XR',
  [ZSTANDARD]: 'Zstandard',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};

/** Who decodes a compression; `undefined` when nobody does. */
export function decoderOf(compression: number): 'libvips' | 'jpeg2000' | undefined {
  if (byLibvips.has(compression)) return 'libvips';
  return jpeg2000.has(compression) ? 'jpeg2000' : undefined;
}

/** Whether what decodes a compression makes RGB of luma and chroma by itself. */
export function convertsColour(compression: number): boolean {
  return [OLD_JPEG, JPEG, WEBP].includes(compression) || jpeg2000.has(compression);
}

/** A compression for messages: its number, and its name if it has one. */
export function compressionName(compression: number): string {
  const name = names[compression];
  return name ? `${compression}, ${name}` : String(compression);
}
