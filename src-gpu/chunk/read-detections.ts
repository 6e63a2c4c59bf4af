/**
 * Nuclei of a part of a slide, also while its job runs.
 *
 * @module
 */
import { checkClasses, classFilter } from '../../shared/detect/class-filter.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { FilePart } from '../../shared/formats/format.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { rowsWhere, takeNuclei } from '../../shared/nuclei/select.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import { nucleiByRow } from './chunk-rows.ts';
import { exportHead, jobFilter } from './finalize-job.ts';
import { chunksUnderBox } from './plan-layout.ts';
import { settleNear } from './settle-near.ts';

export interface DetectionsQuery {
  /** One of the job's; may be left out when there is only one. */
  readonly dataset?: string | undefined;
  /** `x0, y0, x1, y1` in pixels of level 0; centres on the right and lower edge are outside. */
  readonly bbox?: readonly [number, number, number, number] | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly minScore?: number | undefined;
  /** Id of a format. */
  readonly format: string;
  /** What the slide is called in the file. */
  readonly name: string;
  /** As of `ExportHead`. */
  readonly radiusUm?: number | undefined;
}

export interface Detections {
  /** The file, in parts. */
  readonly parts: AsyncIterable<FilePart>;
  readonly mediaType: string;
  /** Whether chunks of the part that was asked for have no result (yet). */
  readonly isPartial: boolean;
}

const EVERYWHERE = [-1e9, -1e9, 1e9, 1e9] as const;
const NONE = new NucleiBuilder(0).build();

/**
 * Reads what the chunks that are done found in a box: when all are, the same nuclei that the exports have
 * there. At the border to a chunk that is still missing, duplicates may be left.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`, `FORMAT_UNKNOWN`.
 */
export async function readDetections(
  folder: ChunkFolder,
  query: DetectionsQuery,
): Promise<Detections> {
  const { bbox = EVERYWHERE, classes, minScore = 0, name, radiusUm } = query;
  const { layout } = folder;
  const { plan, chunks, tasks } = layout;
  const { mediaType, load } = findFormat(query.format);
  const dataset = placeOf(folder, query.dataset);
  const route = plan.routes[dataset]!;
  checkClasses(classes, [route.dataset]);
  const listed = await folder.list();
  const planned = new Set(chunksUnderBox(plan, bbox).filter((index) => tasks.has(index)));
  const wanted = new Map<number, string>();
  const readOpen = async (index: number): Promise<Nuclei> => {
    const key = listed.get(index);
    const content = key === undefined ? undefined : await folder.read(index, key);
    if (key === undefined || content === undefined) return NONE;
    if (planned.has(index)) wanted.set(index, key);
    return content.results[dataset]!.open;
  };
  const survives = await settleNear(chunks, [...planned], layout.radiusPx(dataset), readOpen);
  const asked = jobFilter(plan, dataset);
  const isWanted = classFilter(route.dataset, classes);
  const [x0, y0, x1, y1] = bbox;
  const filter = (found: Nuclei): Nuclei => {
    const nuclei = asked(found);
    const { x, y, class: indices, score, length } = nuclei;
    const rows = rowsWhere(
      length,
      (i) =>
        x[i]! >= x0 &&
        x[i]! < x1 &&
        y[i]! >= y0 &&
        y[i]! < y1 &&
        score[i]! >= minScore &&
        isWanted(indices[i]!),
    );
    return rows.length === length ? nuclei : takeNuclei(nuclei, rows);
  };
  const blocks = () => nucleiByRow(folder, { keys: wanted, dataset, survives, filter });
  let count = 0;
  for await (const { length } of blocks()) count += length;
  const { stream } = await load();
  return {
    parts: stream(exportHead(plan, dataset, { name, radiusUm, count }), blocks),
    mediaType,
    isPartial: wanted.size < planned.size,
  };
}

/** @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`. */
function placeOf({ layout }: ChunkFolder, id: string | undefined): number {
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
