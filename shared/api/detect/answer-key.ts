/**
 * The name of an answer, for the cache and the ETag.
 *
 * @module
 */
import type { Preparation, PreparedRequest } from '../../detect/prepare.ts';
import { sha256Hex } from '../../sha256.ts';
import type { ApiAdapters } from '../adapters.ts';
import type { DetectRequestOptions } from './detect-options.ts';
import type { ImageBody } from './image-body.ts';

/** What an answer depends on. */
export interface DecidedBy {
  readonly image: ImageBody;
  readonly options: DetectRequestOptions;
  readonly format: string;
  readonly prepared: PreparedRequest;
  /** Left out for a TIFF, which says its size only when it is opened. */
  readonly preparation: Preparation | undefined;
  readonly api: Pick<ApiAdapters, 'model' | 'tier' | 'version'>;
}

/** Names what decides an answer: the image, what was prepared, how it is written, the model and the software. */
export async function answerKey({
  image,
  options,
  format,
  prepared,
  preparation,
  api,
}: DecidedBy): Promise<string> {
  const { card, routes } = prepared;
  const { organ, mpp, threshold, classes } = prepared.options;
  const { name, layout, radiusUm } = options;
  const size = 'size' in image ? image.size : null;
  const text = JSON.stringify([
    await sha256Hex(image.bytes),
    [image.type, size, preparation?.mpp ?? mpp ?? null, preparation?.headerMpp ?? null],
    routes.map(({ dataset, reason }) => [dataset.id, reason]),
    { organ, threshold, classes },
    { name, layout, radiusUm, format },
    [api.tier, api.version, card.id, card.version],
    [card.variants[await api.model.precision()], card.datasets],
  ]);
  return sha256Hex(new TextEncoder().encode(text));
}
