/**
 * How many micrometres a pixel is, and how large the image is at the model's resolution.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Size } from './source.ts';

/** The finest and the coarsest resolution that light microscopy makes sense at, in um per pixel. */
export const MIN_MPP = 0.05;
export const MAX_MPP = 10;

/** The resolution of an image, and who said so. */
export interface Resolution {
  /** Micrometres per pixel at full resolution. */
  readonly value: number;
  readonly source: 'request' | 'header';
}

/**
 * Finds the resolution of an image: what the request says, else what the file's header says. Never a
 * guess.
 *
 * @throws {UniCellError} `MPP_UNKNOWN` when neither says anything, `MPP_INVALID` when the one that
 * counts is not between 0.05 and 10 um per pixel.
 */
export function resolveMpp(said: {
  readonly request: number | undefined;
  readonly header: number | undefined;
}): Resolution {
  const { request, header } = said;
  const allowed = `between ${MIN_MPP} and ${MAX_MPP} micrometres per pixel (0.25 for most slides at 40x, 0.5 at 20x)`;
  if (request !== undefined) {
    if (!isMpp(request)) {
      throw new UniCellError('MPP_INVALID', `mpp is ${request}; it must be ${allowed}.`);
    }
    return { value: request, source: 'request' };
  }
  if (header === undefined) {
    throw new UniCellError(
      'MPP_UNKNOWN',
      `The picture does not say its resolution. Pass it as mpp: a number ${allowed}.`,
    );
  }
  if (!isMpp(header)) {
    throw new UniCellError(
      'MPP_INVALID',
      `The picture's header says ${header} micrometres per pixel, which cannot be right. Pass the right one as mpp: a number ${allowed}.`,
    );
  }
  return { value: header, source: 'header' };
}

/**
 * The size of an image at another resolution: `max(1, round(size * mpp / modelMpp))` per axis,
 * halves rounded up.
 * Coordinates go back by `x * image.width / level.width`, so rounding moves nothing.
 *
 * @param mpp Micrometres per pixel of the image.
 * @param modelMpp Micrometres per pixel of the level.
 */
export function sizeAtMpp(image: Size, mpp: number, modelMpp: number): Size {
  const scaled = (size: number) => Math.max(1, Math.round((size * mpp) / modelMpp));
  return { width: scaled(image.width), height: scaled(image.height) };
}

function isMpp(value: number): boolean {
  return Number.isFinite(value) && value >= MIN_MPP && value <= MAX_MPP;
}
