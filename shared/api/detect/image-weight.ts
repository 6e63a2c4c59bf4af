/**
 * What an image costs, against what a tier takes.
 *
 * @module
 */

import type { ModelCard } from '../../engine/card.ts';
import { UniCellError } from '../../errors.ts';
import { resolveMpp, sizeAtMpp } from '../../image/resolution.ts';
import type { Size } from '../../image/source.ts';
import { planWindows } from '../../tiling/plan-windows.ts';
import type { ApiAdapters } from '../adapters.ts';
import type { DetectRequestOptions } from './detect-options.ts';
import type { ImageBody } from './image-body.ts';

/** What an image would cost here. */
export interface Weight {
  /** More than this tier takes on while a stronger one is there. */
  readonly isHeavy: boolean;
  /** Why it cannot be answered here at all. */
  readonly refusal: UniCellError | undefined;
}

/** Weighs an image by its header. A TIFF weighs nothing on the tier that can read it: it does that then. */
export function weigh(
  image: ImageBody,
  options: DetectRequestOptions,
  card: ModelCard,
  api: ApiAdapters,
): Weight {
  if (image.type === 'image/tiff') {
    if (api.tier === 'gpu') return { isHeavy: false, refusal: undefined };
    const refusal = new UniCellError(
      'IMAGE_UNSUPPORTED',
      'TIFF is read by the GPU service and not at the edge. Send JPEG, PNG, WebP or raw RGB.',
    );
    return { isHeavy: true, refusal };
  }
  const { windows: maxWindows, preferredWindows = maxWindows } = api.limits;
  try {
    checkPixels(image.size, api);
    const mpp = resolveMpp({ request: options.mpp, header: image.mpp });
    const windows = checkWeight(image.size, mpp.value, card, api);
    return { isHeavy: windows > preferredWindows, refusal: undefined };
  } catch (error) {
    if (!(error instanceof UniCellError && error.code === 'IMAGE_TOO_LARGE')) throw error;
    return { isHeavy: true, refusal: error };
  }
}

/** @throws {UniCellError} `IMAGE_TOO_LARGE` for more pixels than are decoded here. */
export function checkPixels({ width, height }: Size, api: Pick<ApiAdapters, 'limits' | 'jobs'>) {
  const { pixels } = api.limits;
  if (width * height > pixels) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `The picture has ${width} x ${height} = ${width * height} pixels; at most ${pixels} are decoded here. ${remedy(api)}`,
    );
  }
}

/**
 * @returns Windows of the image at the model's resolution.
 * @throws {UniCellError} `IMAGE_TOO_LARGE` for more than are answered here.
 */
export function checkWeight(
  image: Size,
  mpp: number,
  card: ModelCard,
  api: Pick<ApiAdapters, 'limits' | 'jobs'>,
): number {
  const level = sizeAtMpp(image, mpp, card.mpp);
  const windows = planWindows(level, card.window).count;
  if (windows > api.limits.windows) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `At the model's ${card.mpp} um per pixel the picture has ${level.width} x ${level.height} pixels, which are ${windows} windows; ` +
        `at most ${api.limits.windows} are answered here. ${remedy(api)}`,
    );
  }
  return windows;
}

function remedy({ jobs }: Pick<ApiAdapters, 'jobs'>): string {
  return jobs ? 'Send it to /v1/jobs, or a region of it here.' : 'Send a region of it.';
}
