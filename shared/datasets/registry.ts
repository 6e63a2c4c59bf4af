/**
 * Which datasets are known by name. A model card may bring further ones (`model-datasets.ts`).
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { brcaM2c } from './brca-m2c.ts';
import { consep } from './consep.ts';
import { crchisto } from './crchisto.ts';
import type { Dataset } from './dataset.ts';
import { lizard } from './lizard.ts';
import { monusac } from './monusac.ts';
import { nearestName } from './nearest-name.ts';
import { nuclei } from './nuclei.ts';
import { ocelot } from './ocelot.ts';
import { pannuke } from './pannuke.ts';

/** Datasets by id, in the order they were added. */
export class DatasetRegistry {
  readonly #byId = new Map<string, Dataset>();

  constructor(datasets: Iterable<Dataset> = []) {
    for (const dataset of datasets) {
      this.add(dataset);
    }
  }

  /** @throws {UniCellError} `INVALID_OPTIONS` when the id is taken. */
  add(dataset: Dataset): void {
    if (this.#byId.has(dataset.id)) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `The dataset "${dataset.id}" is already registered; give the new one another id.`,
      );
    }
    this.#byId.set(dataset.id, dataset);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /**
   * @param id Case does not matter.
   * @throws {UniCellError} `DATASET_UNKNOWN`, with the nearest known id.
   */
  get(id: string): Dataset {
    const dataset = this.#byId.get(id.trim().toLowerCase());
    if (dataset === undefined) {
      throw unknownDataset(id, [...this.#byId.keys()]);
    }
    return dataset;
  }

  list(): Dataset[] {
    return [...this.#byId.values()];
  }
}

/** The error for an id that nobody knows: what was received, the nearest, and all that are known. */
export function unknownDataset(id: string, known: readonly string[]): UniCellError {
  const nearest = nearestName(id, known);
  return new UniCellError(
    'DATASET_UNKNOWN',
    `There is no dataset "${id}".${nearest ? ` Did you mean "${nearest}"?` : ''} Known: ${known.join(', ')}.`,
  );
}

/** The paper's four datasets in its order, then those that this project adds. */
export const datasets = new DatasetRegistry([
  consep,
  monusac,
  ocelot,
  lizard,
  brcaM2c,
  crchisto,
  pannuke,
  nuclei,
]);
