/**
 * Where the Worker's model lies: in its static assets, or in an R2 bucket. Neither can be downloaded by
 * a client: the Worker runs before its assets and answers no path of them.
 *
 * @module
 */

import { type ModelCard, type ModelFile, parseCard } from '../../shared/engine/card.ts';
import { checkModelFile } from '../../shared/engine/model-files.ts';
import { UniCellError } from '../../shared/errors.ts';

/** Reads the files of one model. */
export interface ModelSource {
  /** @returns `undefined` when there is no such file. */
  read(file: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** What it is, for messages. */
  readonly name: string;
}

/** A model among the Worker's static assets, in the folder `model`. */
export function assetSource(assets: Fetcher, model: string): ModelSource {
  return {
    name: `the static assets (folder ${model})`,
    async read(file) {
      const response = await assets.fetch(new URL(`https://assets.local/${model}/${file}`));
      if (!response.ok) {
        await response.body?.cancel();
        return undefined;
      }
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/** A model in an R2 bucket, under the keys `model/file`. */
export function bucketSource(bucket: Bucket, model: string): ModelSource {
  return {
    name: `the R2 bucket (prefix ${model}/)`,
    async read(file) {
      const object = await bucket.get(`${model}/${file}`);
      return object === null ? undefined : new Uint8Array(await object.arrayBuffer());
    },
  };
}

/** @throws {UniCellError} `MODEL_NOT_FOUND` or `CARD_INVALID`. */
export async function readCard(source: ModelSource): Promise<ModelCard> {
  const bytes = await source.read('card.json');
  if (bytes === undefined) throw missing(source, 'card.json');
  const origin = `card.json of ${source.name}`;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new UniCellError('CARD_INVALID', `${origin} is not JSON.`, { cause });
  }
  return parseCard(json, origin);
}

/** @throws {UniCellError} `MODEL_NOT_FOUND`, or `CARD_MISMATCH` when it is not the card's file. */
export async function readGraph(source: ModelSource, file: ModelFile): Promise<Uint8Array> {
  const bytes = await source.read(file.path);
  if (bytes === undefined) throw missing(source, file.path);
  await checkModelFile(bytes, file, `${file.path} of ${source.name}`);
  return bytes;
}

function missing(source: ModelSource, file: string): UniCellError {
  return new UniCellError(
    'MODEL_NOT_FOUND',
    `There is no ${file} in ${source.name}. Deploy the Worker with a model, or set MODEL to the one that is there.`,
  );
}
