/**
 * Where models lie on disk: one folder per model with a `card.json`, in `models/` of the project or
 * anywhere else by path. Reading a model checks every file against its card.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type GraphFile,
  type ModelCard,
  type ModelFile,
  parseCard,
} from '../../shared/engine/card.ts';
import { requireSha256, variantOf } from '../../shared/engine/model-files.ts';
import { UniCellError } from '../../shared/errors.ts';

/** The models that come with the project. */
const modelsFolder = fileURLToPath(new URL('../../models', import.meta.url));

/** A model on disk whose card has been read; its graphs not yet. */
export interface StoredModel {
  /** Absolute path of the folder that holds `card.json`. */
  readonly folder: string;
  readonly card: ModelCard;
}

/** Paths of the ONNX graphs of one precision of a model. */
export interface ModelGraphs {
  /** Image to features. */
  readonly trunk: string;
  /** Features and a dataset index to nuclei. */
  readonly dataset: string;
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
 * Finds the graphs of one precision and checks every file of them against its card.
 *
 * @param precision A key of the card's `variants`, for instance `fp32`.
 * @throws {UniCellError} `MODEL_NOT_FOUND` for a precision or file that is not there, `CARD_MISMATCH`
 *   when a file is not the one that the card describes.
 */
export async function checkGraphs(model: StoredModel, precision: string): Promise<ModelGraphs> {
  const variant = variantOf(model.card, precision);
  return {
    trunk: await checkGraph(model, variant.trunk),
    dataset: await checkGraph(model, variant.dataset),
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

/** The path of a graph, whose files are those of the card. */
async function checkGraph(model: StoredModel, graph: GraphFile): Promise<string> {
  await checkFile(model, graph);
  // ONNX Runtime finds it by the name that the graph holds, beside the graph.
  if (graph.externalData) await checkFile(model, graph.externalData);
  return join(model.folder, graph.path);
}

async function checkFile(model: StoredModel, file: ModelFile): Promise<void> {
  const path = join(model.folder, file.path);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw new UniCellError(
      'MODEL_NOT_FOUND',
      `The card of model ${model.card.id} lists ${file.path}, which is not in ${model.folder}. Fetch the file again.`,
      { cause: error },
    );
  }
  requireSha256(hash.digest('hex'), bytes, file, path);
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
