/**
 * The nuclei of a part of a slide, also while its job runs.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { rowsWhere, takeNuclei } from '../../shared/nuclei/select.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import { nucleiByRow } from './chunk-rows.ts';
import { jobRows } from './job-rows.ts';
import { chunksUnderBox } from './plan-layout.ts';
import { settleNear } from './settle-near.ts';

/** `x0, y0, x1, y1` in pixels of level 0; centres on the right and lower edge are outside. */
export type Box = readonly [number, number, number, number];

export const EVERYWHERE: Box = [-1e9, -1e9, 1e9, 1e9];

export interface BoxNuclei {
  /** From top to bottom and from left to right, in pixels of level 0; may be asked for several times. */
  blocks(): AsyncGenerator<Nuclei>;
  /** Whether chunks of the box have no result (yet). */
  readonly isPartial: boolean;
  /** These chunks. */
  readonly absent: readonly number[];
  /** The chunks without a result that were looked for, also around the box. */
  readonly missing: readonly number[];
}

const NONE = new NucleiBuilder(0).build();

/**
 * Reads what the chunks that are done found in a box: when all are, the same nuclei that the exports have
 * there. At the border to a chunk that is still missing, duplicates may be left.
 *
 * @param dataset Place of the dataset in the plan.
 * @param keep Which of the nuclei, by row.
 */
export async function nucleiInBox(
  folder: ChunkFolder,
  dataset: number,
  box: Box,
  keep: (nuclei: Nuclei, row: number) => boolean = () => true,
): Promise<BoxNuclei> {
  const { layout } = folder;
  const { plan, chunks, tasks } = layout;
  const listed = await folder.list();
  const planned = new Set(chunksUnderBox(plan, box, chunks).filter((index) => tasks.has(index)));
  const keys = new Map<number, string>();
  const missing: number[] = [];
  const readOpen = async (index: number): Promise<Nuclei> => {
    if (!tasks.has(index)) return NONE;
    const key = listed.get(index);
    const content = key === undefined ? undefined : await folder.read(index, key);
    if (key === undefined || content === undefined) {
      missing.push(index);
      return NONE;
    }
    if (planned.has(index)) keys.set(index, key);
    return content.results[dataset]!.open;
  };
  const survives = await settleNear(chunks, [...planned], layout.radiusPx(dataset), readOpen);
  const asked = jobRows(plan, dataset);
  const [x0, y0, x1, y1] = box;
  const filter = (found: Nuclei): Nuclei => {
    const nuclei = takeNuclei(found, asked(found));
    const { x, y, length } = nuclei;
    const isInside = (row: number) =>
      x[row]! >= x0 && x[row]! < x1 && y[row]! >= y0 && y[row]! < y1 && keep(nuclei, row);
    const rows = rowsWhere(length, isInside);
    return rows.length === length ? nuclei : takeNuclei(nuclei, rows);
  };
  return {
    blocks: () => nucleiByRow(folder, { keys, dataset, survives, filter }),
    isPartial: keys.size < planned.size,
    absent: [...planned].filter((index) => !keys.has(index)),
    missing,
  };
}

/**
 * The place of a dataset in the plan.
 *
 * @param id May be left out when there is only one.
 * @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`.
 */
export function datasetPlace({ layout }: ChunkFolder, id: string | undefined): number {
  const ids = layout.plan.routes.map(({ dataset }) => dataset.id);
  if (id === undefined && ids.length === 1) return 0;
  if (id === undefined) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The job has the datasets ${ids.join(', ')}; say with dataset which of them.`,
    );
  }
  const place = ids.indexOf(id.toLowerCase());
  if (place < 0) {
    throw new UniCellError(
      'DATASET_UNKNOWN',
      `The job has no dataset ${JSON.stringify(id)}; it has ${ids.join(', ')}.`,
    );
  }
  return place;
}
