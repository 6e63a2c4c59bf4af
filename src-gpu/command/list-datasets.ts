import { datasets } from '../../shared/datasets/registry.ts';
import { formatTable } from '../terminal/table.ts';

/** `unicell datasets`: the label sets that the project knows. */
export function listDatasets({ json }: { json?: boolean }): string {
  const known = datasets.list();
  if (json) return JSON.stringify(known, null, 2);
  return formatTable(
    ['dataset', 'name', 'organs', 'um/px', 'classes'],
    known.map(({ id, name, organs, mpp, classes }) => [
      id,
      name,
      organs.join(', '),
      String(mpp),
      classes.map((one) => one.name).join(', '),
    ]),
  );
}
