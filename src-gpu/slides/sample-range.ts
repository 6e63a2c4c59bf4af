import type { SlideWarning } from './slide.ts';

/** Glass is nearly as bright as white can be; a picture that stays below an eighth was stored in fewer bits. */
const LEAST_SHARE = 1 / 8;

/** @param brightest Of the samples of 16 bits that were looked at. */
export function rangeWarnings(label: string, brightest: number): SlideWarning[] {
  if (brightest >= LEAST_SHARE * 65_535) return [];
  const bits = Math.max(1, Math.ceil(Math.log2(brightest + 1)));
  const detail = `${label} has samples of 16 bits that hardly use their range: the brightest is ${brightest}, as of ${bits} bits, so the picture is almost black and little will be found. Export it with 8 bits, or let its header say how many bits count (SignificantBits in OME-XML, MaxSampleValue in TIFF).`;
  return [{ code: 'RANGE_HARDLY_USED', detail }];
}
