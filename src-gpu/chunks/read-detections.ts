/**
 * Nuclei of a part of a slide as a file, also while its job runs.
 *
 * @module
 */
import { checkClasses, classFilter, namesAskedFor } from '../../shared/detect/class-filter.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { FilePart } from '../../shared/formats/format.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import { exportHead } from './finalize-job.ts';
import { type Box, datasetPlace, EVERYWHERE, nucleiInBox } from './nuclei-in-box.ts';

export interface DetectionsQuery {
  /** One of the job's; may be left out when there is only one. */
  readonly dataset?: string | undefined;
  readonly bbox?: Box | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly minScore?: number | undefined;
  /** Id of a format. */
  readonly format: string;
  /** When the job was made, ISO 8601. */
  readonly madeAt: string;
  /** What the slide is called in the file. */
  readonly name: string;
  /** As of `ExportHead`. */
  readonly radiusUm?: number | undefined;
  /** Hears which chunks could not be read, as of `BoxNuclei`; says whether the part lacks one that it had. */
  readonly onMissing?: ((missing: readonly number[]) => Promise<boolean>) | undefined;
}

export interface Detections {
  /** The file, in parts. */
  readonly parts: AsyncIterable<FilePart>;
  readonly mediaType: string;
  /** Whether chunks of the part that was asked for have no result (yet). */
  readonly isPartial: boolean;
}

/**
 * Reads what the chunks that are done found in a box: when all are, the same nuclei that the exports have
 * there. At the border to a chunk that is still missing, duplicates may be left.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`, `FORMAT_UNKNOWN`, `JOB_STATE_CONFLICT`.
 */
export async function readDetections(
  folder: ChunkFolder,
  query: DetectionsQuery,
): Promise<Detections> {
  const { bbox = EVERYWHERE, classes, minScore = 0, name, madeAt, radiusUm } = query;
  const { plan } = folder.layout;
  const format = findFormat(query.format);
  const place = datasetPlace(folder, query.dataset);
  const { dataset } = plan.routes[place]!;
  checkClasses(classes, [dataset]);
  const isWanted = classFilter(dataset, classes);
  const { blocks, ...found } = await nucleiInBox(
    folder,
    place,
    bbox,
    ({ class: indices, score }, row) => score[row]! >= minScore && isWanted(indices[row]!),
  );
  const isDamaged = (await query.onMissing?.(found.missing)) ?? false;
  const isPartial = found.isPartial || isDamaged;
  if (format.needsDicom) requireWhole(query, isPartial);
  let count = 0;
  for await (const { length } of blocks()) count += length;
  const { stream } = await format.load();
  const parts = { name, radiusUm, count, madeAt, missing: found.absent };
  const head = exportHead(plan, place, parts);
  const asked = head.only?.classes;
  const only = {
    ...head.only,
    classes:
      namesAskedFor(dataset, classes)?.filter((one) => asked?.includes(one) ?? true) ?? asked,
    bbox: query.bbox,
  };
  return {
    parts: stream({ ...head, threshold: Math.max(head.threshold ?? 0, minScore), only }, blocks),
    mediaType: format.mediaType,
    isPartial,
  };
}

/** A DICOM object names its content by its UID, which stands for all that a job finds. */
function requireWhole(
  { format, bbox, classes, minScore }: DetectionsQuery,
  isPartial: boolean,
): void {
  if (bbox !== undefined || classes !== undefined || minScore !== undefined) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The format ${format} holds all that a job finds; leave out bbox, classes and minScore, or take another format.`,
    );
  }
  if (isPartial) {
    throw new UniCellError(
      'JOB_STATE_CONFLICT',
      `The format ${format} holds all that a job finds, and parts of the slide have no result. Wait for the end of the job, or take another format.`,
    );
  }
}
