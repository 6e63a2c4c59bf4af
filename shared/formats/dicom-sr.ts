/**
 * Counts, densities and fractions as a DICOM structured report.
 *
 * @module
 */
import { requireDerivation } from './dicom/derived-object.ts';
import { RegionCounts } from './dicom/region-counts.ts';
import { reportFile } from './dicom/report.ts';
import type { ExportHead, FormatModule } from './format.ts';
import { checkExport } from './writing.ts';

export const check = (head: ExportHead): void => void requireDerivation(head);

export const write: FormatModule['write'] = (input) => {
  const { nuclei, ...rest } = input;
  checkExport(nuclei, rest);
  const head = requireDerivation({ ...rest, count: nuclei.length });
  const counts = new RegionCounts(head);
  counts.add(nuclei);
  return [reportFile(head, counts.results)];
};

export const stream: FormatModule['stream'] = async function* (plain, blocks) {
  const head = requireDerivation(plain);
  const counts = new RegionCounts(head);
  for await (const block of blocks()) {
    checkExport(block, head);
    counts.add(block);
  }
  yield reportFile(head, counts.results);
};
