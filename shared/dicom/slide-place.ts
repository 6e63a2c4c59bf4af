/**
 * Where a slide's pixels lie on the glass (DICOM PS3.3, C.8.12.2.1.1: slide coordinate system).
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { type DicomJson, itemsOf, numberOf, numbersOf, textOf } from './dicom-json.ts';

/** Maps pixels of the whole image to millimetres on the slide. */
export interface SlidePlace {
  readonly frameOfReference: string;
  /** x on the slide is `x[0] + x[1] * column + x[2] * row`, with (0, 0) at the top left corner of the first pixel. */
  readonly x: readonly [number, number, number];
  readonly y: readonly [number, number, number];
}

/**
 * Reads it from a slide's metadata. Total Pixel Matrix Origin is the centre of the first pixel, so half a
 * pixel is taken off.
 *
 * @throws {UniCellError} `INVALID_OPTIONS` naming what the slide does not say.
 */
export function slidePlace(slide: DicomJson): SlidePlace {
  const { place, missing } = readPlace(slide);
  if (place !== undefined) return place;
  throw new UniCellError(
    'INVALID_OPTIONS',
    `The slide does not say where it lies on the glass: ${missing.join(', ')} is missing or cannot be read. Take dicom-ann-2d, which counts pixels.`,
  );
}

/** The same, or `undefined` where the slide does not say. */
export function findSlidePlace(slide: DicomJson): SlidePlace | undefined {
  return readPlace(slide).place;
}

function readPlace(slide: DicomJson): { place?: SlidePlace; missing: string[] } {
  const frameOfReference = textOf(slide, '00200052');
  const corner = itemsOf(slide, '00480008')[0];
  const [originX, originY] = [numberOf(corner, '0040072A'), numberOf(corner, '0040073A')];
  const measures = itemsOf(itemsOf(slide, '52009229')[0], '00289110')[0];
  const [rowMm, columnMm] = numbersOf(measures, '00280030');
  const orientation = numbersOf(slide, '00480102');
  const missing = [
    frameOfReference === undefined && 'FrameOfReferenceUID',
    (originX === undefined || originY === undefined) && 'TotalPixelMatrixOriginSequence',
    !(rowMm! > 0 && columnMm! > 0) && 'PixelSpacing',
    orientation.length !== 6 && 'ImageOrientationSlide',
  ].filter((name) => name !== false);
  if (missing.length > 0) return { missing };
  const axis = (start: number, alongRow: number, alongColumn: number) => {
    const perColumn = alongRow * columnMm!;
    const perRow = alongColumn * rowMm!;
    return [start - (perColumn + perRow) / 2, perColumn, perRow] as const;
  };
  const place = {
    frameOfReference: frameOfReference!,
    x: axis(originX!, orientation[0]!, orientation[3]!),
    y: axis(originY!, orientation[1]!, orientation[4]!),
  };
  return { place, missing };
}
