import type { DatasetList } from '../../client/client.ts';

/** The organs that datasets were made from, to choose one of; the first says that it is not known. */
export function organOptions(datasets: DatasetList['datasets'], unknown: string): Node[] {
  const organs = new Set(datasets.flatMap((one) => one.organs));
  return [new Option(unknown, ''), ...[...organs].sort().map((one) => new Option(one, one))];
}
