/**
 * The reference of the finalising benchmark: chunk files that are read, verified and decoded for the survey, for
 * the counts of every dataset, and for every pass of every format.
 *
 * @module
 */
import { addCounts, noCounts } from '../../../shared/detect/summary.ts';
import { settleOpen } from '../../../shared/nuclei/chunk-nuclei.ts';
import type { Nuclei } from '../../../shared/nuclei/nuclei.ts';
import { takeNuclei } from '../../../shared/nuclei/select.ts';
import type { ChunkFolder } from '../../../src-gpu/chunks/chunk-folder.ts';
import { nucleiByRow } from '../../../src-gpu/chunks/chunk-rows.ts';
import { jobRows } from '../../../src-gpu/chunks/job-rows.ts';
import type { Survey } from '../../../src-gpu/chunks/survey.ts';

export async function surveyForEveryPass(folder: ChunkFolder): Promise<Survey> {
  const { layout } = folder;
  const { routes } = layout.plan;
  const keys = await folder.list();
  const open = routes.map(() => new Map<number, Nuclei>());
  let windows = 0;
  for (const [index, key] of keys) {
    const content = (await folder.read(index, key))!;
    windows += content.windows;
    for (const [i, result] of content.results.entries()) open[i]!.set(index, result.open);
  }
  const survives = open.map((byChunk, i) => {
    const settled = settleOpen([...byChunk.values()], layout.radiusPx(i));
    return new Map([...byChunk.keys()].map((index, place) => [index, settled[place]!]));
  });
  const blocks = (dataset: number) => {
    const rows = jobRows(layout.plan, dataset);
    const filter = (nuclei: Nuclei) => takeNuclei(nuclei, rows(nuclei));
    return nucleiByRow(folder, { keys, dataset, survives: survives[dataset]!, filter });
  };
  const counts = routes.map(noCounts);
  for (const [i, count] of counts.entries()) {
    for await (const block of blocks(i)) addCounts(count, block);
  }
  const saturatedWindows = routes.map(() => 0);
  return { missing: [], windows, saturatedWindows, counts, blocks, close: async () => {} };
}
