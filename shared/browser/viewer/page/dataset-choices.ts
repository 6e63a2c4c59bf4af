import type { DatasetList } from '../../../client/client.ts';
import { make } from '../../pages/elements.ts';

/** A box for each dataset, with its classes as what a mouse tells of it. */
export function datasetChoices(datasets: DatasetList['datasets'], name: string): HTMLElement[] {
  return datasets.map((one) => {
    const box = make('input', { type: 'checkbox', name, value: one.id });
    const title = one.classes.map(({ label }) => label).join(', ');
    return make('label', { title }, box, one.name);
  });
}
