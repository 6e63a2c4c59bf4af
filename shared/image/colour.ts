import type { Raster } from './raster.ts';

/** JPEG and scanners leave channels of grey apart by less. */
const GREY_TOLERANCE = 12;
/** Brighter is glass, which has no colour in any picture. */
const GLASS = 235;
/** What is darker has no colour that can be told. */
const NIGHT = 48;
/** Pixels that are looked at, evenly spread. */
const SAMPLES = 250_000;

/** Whether a picture shows something, and all of it in grey: also one that is stored as RGB. */
export function isWithoutColour({ data }: Pick<Raster, 'data'>): boolean {
  const pixels = data.length / 3;
  const step = Math.max(1, Math.floor(pixels / SAMPLES));
  let hasContent = false;
  for (let i = 0; i < pixels; i += step) {
    const [red, green, blue] = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!];
    const most = Math.max(red, green, blue);
    if (most - Math.min(red, green, blue) > GREY_TOLERANCE) return false;
    hasContent ||= most < GLASS && most > NIGHT;
  }
  return hasContent;
}

/** @param subject The picture, beginning a sentence. */
export function noColourWarning(subject: string): {
  readonly code: string;
  readonly detail: string;
} {
  return {
    code: 'NO_COLOUR',
    detail: `${subject} has no colour; the model was trained on H&E colours and may find little.`,
  };
}
