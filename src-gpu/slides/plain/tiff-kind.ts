import { compressionName } from '../tiff/compression.ts';
import type { TiffDirectory } from '../tiff/tiff-directory.ts';
import { TAG } from '../tiff/tiff-tags.ts';

const PHOTOMETRICS: Readonly<Record<number, string>> = {
  3: 'palette',
  4: 'mask',
  5: 'CMYK',
  8: 'CIE L*a*b*',
  9: 'ICC L*a*b*',
  10: 'ITU L*a*b*',
  32803: 'colour filter array',
  32844: 'LogL',
  32845: 'LogLuv',
};

/** What a page of a TIFF holds, for messages. */
export async function tiffKind(page: TiffDirectory): Promise<string> {
  const photometric = (await page.number(TAG.photometric)) ?? 1;
  const bits = await page.numbers(TAG.bitsPerSample);
  const compression = (await page.number(TAG.compression)) ?? 1;
  const name = PHOTOMETRICS[photometric] ?? `photometric interpretation ${photometric}`;
  return `${name}, ${bits.length || 1} samples of ${bits.join(', ') || 1} bits, compression ${compressionName(compression)}`;
}
