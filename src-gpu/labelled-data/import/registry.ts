/**
 * Importers by dataset id, each loaded when it is asked for.
 *
 * @module
 */
import { datasets, unknownDataset } from '../../../shared/datasets/registry.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { Importer } from './importer.ts';

const importers: Readonly<Record<string, () => Promise<Importer>>> = {
  consep: async () => (await import('./consep.ts')).consepImporter,
  monusac: async () => (await import('./monusac.ts')).monusacImporter,
  lizard: async () => (await import('./lizard.ts')).lizardImporter,
  ocelot: async () => (await import('./ocelot.ts')).ocelotImporter,
  'brca-m2c': async () => (await import('./brca-m2c.ts')).brcaM2cImporter,
  crchisto: async () => (await import('./crchisto.ts')).crchistoImporter,
};

/** Datasets that can be imported. */
export const importable = Object.keys(importers);

/** @throws {UniCellError} `DATASET_UNKNOWN`, with the nearest that can be imported, or all. */
export async function loadImporter(datasetId: string): Promise<Importer> {
  const id = datasetId.trim().toLowerCase();
  if (datasets.has(id) && !importable.includes(id)) {
    throw new UniCellError(
      'DATASET_UNKNOWN',
      `${datasets.get(id).name} cannot be imported; ${importable.join(', ')} can. Lay its pictures out as docs/datasets.md says.`,
    );
  }
  if (!importable.includes(id)) throw unknownDataset(datasetId, importable);
  return importers[id]!();
}
