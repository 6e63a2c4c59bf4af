/**
 * Where models lie on disk: one folder per model with a `card.json`, in `models/` of the project or
 * anywhere else by path. Reading a model checks every file against its card.
 *
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ModelCard, type ModelFile, parseCard } from '../../shared/engine/card.ts';
import { checkModelFile, variantOf } from '../../shared/engine/model-files.ts';
import { UniCellError } from '../../shared/errors.ts';

/** The models that come with the project. */
const modelsFolder = fileURLToPath(new URL('../../models', import.meta.url));

/** A model on disk whose card has been read; its graphs not yet. */
export interface StoredModel {
  /** Absolute path of the folder that holds `card.json`. */
  readonly folder: string;
  readonly card: ModelCard;
}

/** The ONNX graphs of one precision of a model. */
export interface ModelGraphs {
  /** Picture to features. */
  readonly trunk: Uint8Array;
  /** Features and a dataset index to nuclei. */
  readonly dataset: Uint8Array;
}

/** Lists the models in `folder`, by id. A folder with a broken card is an error, not a gap. */
export async function listModels(folder: string = modelsFolder): Promise<StoredModel[]> {
  const models: StoredModel[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const model = entry.isDirectory() ? await readModel(join(folder, entry.name)) : undefined;
    if (model) models.push(model);
  }
  return models.sort((a, b) => a.card.id.localeCompare(b.card.id));
}

/**
 * Finds a model by the id of one that comes with the project, or by the path of its folder.
 *
 * @throws {UniCellError} `MODEL_NOT_FOUND` listing the models there are, `CARD_INVALID`.
 */
export async function findModel(idOrFolder: string): Promise<StoredModel> {
  if (/^[\w.-]+$/.test(idOrFolder)) {
    const model = await readModel(join(modelsFolder, idOrFolder));
    if (model) return model;
  }
  const model = await readModel(resolve(idOrFolder));
  if (model) return model;
  const ids = (await listModels()).map(({ card }) => card.id);
  throw new UniCellError(
    'MODEL_NOT_FOUND',
    `There is no model ${JSON.stringify(idOrFolder)}. Pass the id of a model that comes with the project ` +
      `(${ids.join(', ') || 'none is installed'}) or the path of a folder that holds a card.json.`,
  );
}

/**
 * Reads the graphs of one precision and checks each against its card.
 *
 * @param precision A key of the card's `variants`, for instance `fp32`.
 * @throws {UniCellError} `MODEL_NOT_FOUND` for a precision or file that is not there, `CARD_MISMATCH`
 *   when a file is not the one that the card describes.
 */
export async function readGraphs(model: StoredModel, precision: string): Promise<ModelGraphs> {
  const variant = variantOf(model.card, precision);
  return {
    trunk: await readChecked(model, variant.trunk),
    dataset: await readChecked(model, variant.dataset),
  };
}

async function readModel(folder: string): Promise<StoredModel | undefined> {
  const path = join(folder, 'card.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UniCellError('CARD_INVALID', `${path} is not JSON: ${reason}.`, { cause });
  }
  return { folder, card: parseCard(json, path) };
}

async function readChecked(model: StoredModel, file: ModelFile): Promise<Uint8Array> {
  const path = join(model.folder, file.path);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw new UniCellError(
      'MODEL_NOT_FOUND',
      `The card of model ${model.card.id} lists ${file.path}, which is not in ${model.folder}. Fetch the file again.`,
      { cause: error },
    );
  }
  await checkModelFile(bytes, file, path);
  return bytes;
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
