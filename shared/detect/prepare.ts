/**
 * What every detection settles first: options, datasets, the image's size and resolution.
 *
 * @module
 */
import { type Route, routeDatasets } from '../datasets/routing.ts';
import type { ModelCard } from '../engine/card.ts';
import { UniCellError } from '../errors.ts';
import { type Resolution, resolveMpp } from '../image/resolution.ts';
import type { ImageSource, Size } from '../image/source.ts';
import { checkClasses } from './class-filter.ts';
import { checkOptions, type DetectOptions } from './options.ts';

export interface Preparation {
  readonly options: DetectOptions;
  readonly routes: readonly Route[];
  /** Size of the image at full resolution. */
  readonly image: Size;
  readonly mpp: Resolution;
}

/**
 * @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`, `DATASET_NOT_IN_MODEL`, `CARD_MISMATCH`,
 * `IMAGE_UNREADABLE`, `MPP_UNKNOWN` or `MPP_INVALID`.
 */
export function prepare(source: ImageSource, options: DetectOptions, card: ModelCard): Preparation {
  checkOptions(options);
  const routes = routeDatasets(options.dataset, card, options.organ);
  checkClasses(
    options.classes,
    routes.map((route) => route.dataset),
  );
  const image = sizeOf(source);
  const mpp = resolveMpp({ request: options.mpp, header: source.mpp });
  return { options, routes, image, mpp };
}

function sizeOf({ width, height }: Size): Size {
  const isWhole = Number.isSafeInteger(width) && Number.isSafeInteger(height);
  if (!isWhole || width < 1 || height < 1) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `The picture has ${width} x ${height} pixels; it needs at least 1 x 1.`,
    );
  }
  return { width, height };
}
