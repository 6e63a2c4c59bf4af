/**
 * The sample pictures of the playground: parts of synthetic tissue (docs/synthetic.md), so nobody's data.
 * `npm run build:samples` draws them into `shared/browser/samples`.
 *
 * @module
 */
import sharp, { type Sharp } from 'sharp';
import { syntheticField } from './synthetic/field.ts';

export interface SamplePicture {
  readonly name: string;
  /** Side of the field that is drawn, in pixels, and its seed. */
  readonly fieldPx: number;
  readonly seed: number;
  readonly mpp: number;
  /** Upper left corner of the part that is shown, in pixels of the field. */
  readonly left: number;
  readonly top: number;
  /** Side of that part. */
  readonly sidePx?: number;
}

/** Side of each sample picture, in pixels. */
const SIDE = 512;
const QUALITY = 88;

export const SAMPLE_PICTURES: readonly SamplePicture[] = [
  { name: 'glands', fieldPx: SIDE, seed: 15, mpp: 0.5, left: 0, top: 0 },
  { name: 'lymphocytes', fieldPx: 2 * SIDE, seed: 6, mpp: 0.5, left: SIDE, top: SIDE },
  { name: 'close-up', fieldPx: SIDE, seed: 5, mpp: 0.25, left: 0, top: 0 },
];

/** The smallest that shows something: it stands in the examples of the interface, as text. */
export const EXAMPLE = { ...SAMPLE_PICTURES[1]!, name: 'example', left: 700, top: 740, sidePx: 80 };

/** Draws a sample picture. @returns `sidePx` pixels in a square, 512 when left out. */
export function drawSample({ fieldPx, seed, mpp, left, top, sidePx = SIDE }: SamplePicture): Sharp {
  const { raster } = syntheticField({ width: fieldPx, height: fieldPx, mpp, seed });
  return sharp(raster.data, { raw: { width: fieldPx, height: fieldPx, channels: 3 } }).extract({
    ...{ left, top },
    width: sidePx,
    height: sidePx,
  });
}

/** The same as a file. */
export function sampleJpeg(picture: SamplePicture, quality = QUALITY): Promise<Buffer> {
  return drawSample(picture).jpeg({ quality }).toBuffer();
}
