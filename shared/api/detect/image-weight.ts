/**
 * What an image costs, against what a tier takes.
 *
 * @module
 */

import {
  type ImageHeader,
  type Preparation,
  type PreparedRequest,
  prepareImage,
} from '../../detect/prepare.ts';
import { UniCellError } from '../../errors.ts';
import type { Size } from '../../image/source.ts';
import type { ApiAdapters } from '../adapters.ts';

/** What an image would cost here. */
export interface Weight {
  /** More than this tier takes on while a stronger one is there. */
  readonly isHeavy: boolean;
  /** Why it cannot be answered here at all. */
  readonly refusal: UniCellError | undefined;
  /** Left out where there are too many pixels to look further. */
  readonly preparation?: Preparation;
}

/**
 * Prepares an image of which the header is known, and weighs it.
 *
 * @throws {UniCellError} As `prepareImage`; that it is too large is the refusal.
 */
export function weigh(request: PreparedRequest, header: ImageHeader, api: Limits): Weight {
  try {
    checkPixels(header, api);
  } catch (error) {
    if (!(error instanceof UniCellError)) throw error;
    return { isHeavy: true, refusal: error };
  }
  const preparation = prepareImage(request, header);
  const { level, count } = preparation.windows;
  const { windows: maxWindows, preferredWindows = maxWindows } = api.limits;
  if (count <= maxWindows) {
    return { isHeavy: count > preferredWindows, refusal: undefined, preparation };
  }
  const refusal = new UniCellError(
    'IMAGE_TOO_LARGE',
    `At the model's ${request.card.mpp} um per pixel the picture has ${level.width} x ${level.height} pixels, which are ${count} windows; ` +
      `at most ${maxWindows} are answered here. ${remedy(api)}`,
  );
  return { isHeavy: true, refusal, preparation };
}

/** @throws {UniCellError} `IMAGE_TOO_LARGE` for more pixels than are decoded here. */
export function checkPixels({ width, height }: Size, api: Limits) {
  const { pixels } = api.limits;
  if (width * height > pixels) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `The picture has ${width} x ${height} = ${width * height} pixels; at most ${pixels} are decoded here. ${remedy(api)}`,
    );
  }
}

type Limits = Pick<ApiAdapters, 'limits' | 'jobs'>;

function remedy({ jobs }: Pick<ApiAdapters, 'jobs'>): string {
  return jobs ? 'Send it to /v1/jobs, or a region of it here.' : 'Send a region of it.';
}
