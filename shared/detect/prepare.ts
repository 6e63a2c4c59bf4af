/**
 * What every detection settles first, once: options, datasets, the image's size and resolution, its windows. What
 * was found travels on: nobody downstream checks, routes, resolves or plans again.
 *
 * @module
 */
import { type Route, routeDatasets } from '../datasets/routing.ts';
import type { ModelCard } from '../engine/card.ts';
import { UniCellError } from '../errors.ts';
import { type Resolution, resolveMpp, sizeAtMpp } from '../image/resolution.ts';
import type { ImageSource, Size } from '../image/source.ts';
import { planWindows, type WindowPlan } from '../tiling/plan-windows.ts';
import { checkClasses } from './class-filter.ts';
import { checkOptions, type DetectOptions } from './options.ts';

/** What a model is asked for, checked, before the image is known. */
export interface PreparedRequest {
  readonly options: DetectOptions;
  readonly card: ModelCard;
  readonly routes: readonly Route[];
}

/** What is known of an image before its pixels are: what its header says. */
export type ImageHeader = Pick<ImageSource, 'width' | 'height' | 'mpp'>;

/** A request about an image. */
export interface Preparation extends PreparedRequest {
  /** Size of the image at full resolution. */
  readonly image: Size;
  readonly mpp: Resolution;
  /** What the header says of the resolution, whoever was followed. */
  readonly headerMpp: number | undefined;
  /** All windows of the image at the model's resolution. */
  readonly windows: WindowPlan;
}

/**
 * Prepares a request about an image whose header has been read.
 *
 * @throws {UniCellError} As {@link prepareRequest} and {@link prepareImage}.
 */
export function prepare(header: ImageHeader, options: DetectOptions, card: ModelCard): Preparation {
  return prepareImage(prepareRequest(options, card), header);
}

/**
 * The part that needs no image, so that what cannot be answered costs nothing.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`, `DATASET_NOT_IN_MODEL` or `CARD_MISMATCH`.
 */
export function prepareRequest(options: DetectOptions, card: ModelCard): PreparedRequest {
  checkOptions(options);
  const routes = routeDatasets(options.dataset, card, options.organ);
  checkClasses(
    options.classes,
    routes.map((route) => route.dataset),
  );
  return { options, card, routes };
}

/**
 * The part that does.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE`, `MPP_UNKNOWN`, `MPP_INVALID` or `CARD_INVALID`.
 */
export function prepareImage(request: PreparedRequest, header: ImageHeader): Preparation {
  const { options, card } = request;
  const image = sizeOf(header);
  const mpp = resolveMpp({ request: options.mpp, header: header.mpp });
  const windows = planWindows(sizeAtMpp(image, mpp.value, card.mpp), card.window);
  return { ...request, image, mpp, headerMpp: header.mpp, windows };
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
