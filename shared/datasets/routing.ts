/**
 * Which datasets answer a request, and why.
 *
 * @module
 */
import type { ModelCard } from '../engine/card.ts';
import { UniCellError } from '../errors.ts';
import { type ModelDataset, modelDatasets } from './model-datasets.ts';
import { organOf } from './organs.ts';
import { type DatasetRegistry, datasets, unknownDataset } from './registry.ts';

/** A chosen dataset. */
export interface Route {
  readonly dataset: ModelDataset;
  /** Why it was chosen, a full sentence. */
  readonly reason: string;
  /** Whether it was made from the organ of the hint; `undefined` without a hint. */
  readonly coversHint: boolean | undefined;
}

/**
 * Chooses the datasets that answer a request.
 *
 * `auto` chooses one dataset. With a hint: of the model's datasets made from that organ, the one made
 * from the fewest organs, since it knows this one best; equals by their order in the card. Without a
 * hint, or when no dataset has the organ: of those that call nothing a tumour, the one made from the most
 * organs. A label set names the nuclei of any tissue by its own words, so where nobody knows the tissue
 * its names are a guess, and the one guess that must not be made silently is a disease. Where every
 * dataset has a class for tumours, or of those without nobody knows what their classes are: the one made
 * from the most organs.
 *
 * @param request One id, several (a list, or separated by commas), `all`, or `auto`.
 * @param card The loaded model.
 * @param hint Organ or tissue of the picture, for `auto`.
 * @returns In the order asked for, each once; for `all`, in card order.
 * @throws {UniCellError} `DATASET_UNKNOWN` for an id that neither the registry nor the card knows,
 * `DATASET_NOT_IN_MODEL` for one that the model has no head for, `INVALID_OPTIONS` when nothing is
 * asked for or `all` or `auto` stands beside other ids.
 */
export function routeDatasets(
  request: string | readonly string[],
  card: ModelCard,
  hint?: string,
  registry: DatasetRegistry = datasets,
): Route[] {
  const available = modelDatasets(card, registry);
  const ids = requestedIds(request, available);
  const organ = hint?.trim() ? organOf(hint) : undefined;
  const route = (dataset: ModelDataset, reason: string): Route => ({
    dataset,
    reason,
    coversHint: organ === undefined ? undefined : covers(dataset, organ),
  });
  if (ids[0] === 'auto') {
    const [dataset, reason] = automaticDataset(available, organ, card);
    return [route(dataset, reason)];
  }
  if (ids[0] === 'all') {
    return available.map((d) => route(d, `The request asked for all datasets of ${card.id}.`));
  }
  return ids.map((id) => {
    const dataset = available.find((d) => d.id === id);
    if (dataset === undefined) {
      throw notInModel(id, available, card, registry);
    }
    return route(dataset, `The request named ${dataset.id}.`);
  });
}

function requestedIds(
  request: string | readonly string[],
  available: readonly ModelDataset[],
): string[] {
  const words = typeof request === 'string' ? [request] : request;
  const ids = words
    .flatMap((word) => word.split(','))
    .map((id) => id.trim().toLowerCase())
    .filter((id) => id !== '');
  const unique = [...new Set(ids)];
  const choices = `one or more of ${available.map((d) => d.id).join(', ')}, or "all", or "auto"`;
  if (unique.length === 0) {
    throw new UniCellError('INVALID_OPTIONS', `No dataset was asked for; ask for ${choices}.`);
  }
  if (unique.length > 1 && (unique.includes('all') || unique.includes('auto'))) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The datasets "${unique.join(', ')}" cannot be asked for together; ask for ${choices}.`,
    );
  }
  return unique;
}

function automaticDataset(
  available: readonly ModelDataset[],
  organ: string | undefined,
  card: ModelCard,
): [ModelDataset, string] {
  const fitting = available.filter((d) => organ !== undefined && covers(d, organ));
  // Array.prototype.sort is stable, so equals stay in card order.
  const [best, ...others] = fitting.sort((a, b) => a.organs.length - b.organs.length);
  if (best !== undefined) {
    const also = others.length > 0 ? ` (also possible: ${others.map((d) => d.id).join(', ')})` : '';
    return [best, `The hint says ${organ}, and ${best.id} was made from ${organs(best)}${also}.`];
  }
  const why =
    organ === undefined
      ? 'There was no hint of an organ'
      : `No dataset of ${card.id} was made from ${organ}`;
  const harmless = available.filter(namesNoDisease);
  const general = mostOrgans(harmless.length > 0 ? harmless : available);
  const which =
    harmless.length > 0
      ? `the one made from the most organs (${organs(general)}) of those that call nothing a tumour`
      : `the one made from the most organs (${organs(general)})`;
  return [general, `${why}, so ${general.id} was chosen, ${which}.${adviceOn(general, available)}`];
}

function mostOrgans(some: readonly ModelDataset[]): ModelDataset {
  return some.toSorted((a, b) => b.organs.length - a.organs.length)[0]!;
}

/** Whether it is known of every class that it is none of a tumour. */
function namesNoDisease({ classes }: ModelDataset): boolean {
  return classes.every(({ cellType }) => cellType !== undefined && !cellType.isAbnormal);
}

/** How to get names from a model that has them, where the choice gives none. */
function adviceOn({ takesAnyClass }: ModelDataset, available: readonly ModelDataset[]): string {
  const naming = available.filter((d) => !d.takesAnyClass);
  if (!takesAnyClass || naming.length === 0) return '';
  return ` It names no nuclei; for classes, say the organ or ask for ${naming.map((d) => d.id).join(', ')}.`;
}

function covers(dataset: ModelDataset, organ: string): boolean {
  return dataset.organs.some((own) => organOf(own) === organ);
}

/** More organs than these would hide the sentence they stand in. */
const MOST_NAMED_ORGANS = 8;

function organs({ organs: own }: ModelDataset): string {
  if (own.length > MOST_NAMED_ORGANS) return `${own.length} organs`;
  return own.join(', ') || 'unstated organs';
}

function notInModel(
  id: string,
  available: readonly ModelDataset[],
  card: ModelCard,
  registry: DatasetRegistry,
): UniCellError {
  const inModel = available.map((d) => d.id);
  if (!registry.has(id)) {
    const known = new Set([...inModel, ...registry.list().map((d) => d.id)]);
    return unknownDataset(id, [...known]);
  }
  return new UniCellError(
    'DATASET_NOT_IN_MODEL',
    `The model "${card.id}" has no head for "${id}"; it has ${inModel.join(', ')}. Ask for one of these, or load another model.`,
  );
}
