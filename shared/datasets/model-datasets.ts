/**
 * The datasets of a loaded model: what the registry knows of them, with what the model card says.
 *
 * @module
 */
import type { CardDataset, ModelCard } from '../engine/card.ts';
import { UniCellError } from '../errors.ts';
import { type Dataset, findClass, foldName } from './dataset.ts';
import { defaultColour } from './palette.ts';
import { type DatasetRegistry, datasets } from './registry.ts';

/** A dataset that a model has a head for. */
export interface ModelDataset extends Dataset {
  /** A nucleus is kept when its score is at least this. */
  readonly threshold: number;
  /** Two queries closer than this are one nucleus, in micrometres. */
  readonly suppressionRadiusUm: number;
  /** What its scores are worth as probabilities; left out where nobody calibrated them. */
  readonly calibration?: CardDataset['calibration'];
}

/**
 * Joins the card's datasets with the registry's. The card decides on thresholds and radii; a known
 * dataset keeps its name, colours and source, and its classes must be the card's, in the same order.
 *
 * @returns In card order.
 * @throws {UniCellError} `CARD_MISMATCH` when classes differ from the registry's, when an id or a
 * class comes twice, or when there is not one colour per class.
 */
export function modelDatasets(
  card: ModelCard,
  registry: DatasetRegistry = datasets,
): ModelDataset[] {
  const seen = new Set<string>();
  return card.datasets.map((entry) => {
    if (seen.has(entry.id)) {
      throw mismatch(card, entry, 'is listed twice; every dataset has one head');
    }
    seen.add(entry.id);
    const dataset = registry.has(entry.id)
      ? knownDataset(card, entry, registry.get(entry.id))
      : cardDataset(card, entry);
    return {
      ...dataset,
      matchRadiusUm: entry.matchRadiusUm,
      threshold: entry.threshold,
      suppressionRadiusUm: entry.suppressionRadiusUm,
      ...(entry.calibration && { calibration: entry.calibration }),
    };
  });
}

function knownDataset(card: ModelCard, entry: CardDataset, known: Dataset): Dataset {
  const same =
    entry.classes.length === known.classes.length &&
    entry.classes.every((spelling, index) => findClass(known, spelling) === index);
  if (!same) {
    const expected = known.classes.map((c) => c.name).join(', ');
    throw mismatch(card, entry, `has the classes ${entry.classes.join(', ')}, not ${expected}`);
  }
  return known;
}

function cardDataset(card: ModelCard, entry: CardDataset): Dataset {
  if (new Set(entry.classes.map(foldName)).size !== entry.classes.length) {
    throw mismatch(card, entry, `names a class twice: ${entry.classes.join(', ')}`);
  }
  if (entry.colours !== undefined && entry.colours.length !== entry.classes.length) {
    throw mismatch(
      card,
      entry,
      `has ${entry.colours.length} colours for ${entry.classes.length} classes; give one per class or none`,
    );
  }
  return {
    id: entry.id,
    name: entry.name,
    classes: entry.classes.map((name, index) => ({
      name,
      label: name,
      colour: entry.colours?.[index] ?? defaultColour(index),
      aliases: [],
    })),
    matchRadiusUm: entry.matchRadiusUm,
    mpp: card.mpp,
    organs: entry.organs ?? [],
    citation: `brought by the model ${card.id} ${card.version}`,
    licence: 'not stated by the model card',
    promptCategories: [],
  };
}

function mismatch(card: ModelCard, entry: CardDataset, what: string): UniCellError {
  return new UniCellError(
    'CARD_MISMATCH',
    `The card of the model "${card.id}" does not fit: its dataset "${entry.id}" ${what}. Correct card.json.`,
  );
}
