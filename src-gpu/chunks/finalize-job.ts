/**
 * From the chunks of a job to its counts and result files.
 *
 * @module
 */
import { throwIfCanceled } from '../../shared/cancel.ts';
import type { Route } from '../../shared/datasets/routing.ts';
import { resultFilter } from '../../shared/detect/result-filter.ts';
import { addCounts, noCounts, type Summary, summariseCounts } from '../../shared/detect/summary.ts';
import { datasetWarnings } from '../../shared/detect/warnings.ts';
import type { ExportHead, Format } from '../../shared/formats/format.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { regionMask } from '../../shared/tiling/region-mask.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import { nucleiByRow } from './chunk-rows.ts';
import { type DerivationParts, derivationOf } from './derivation.ts';
import type { JobPlan } from './job-plan.ts';
import type { Survey } from './survey.ts';
import { type WrittenExport, writeExports } from './write-exports.ts';

/** The outcome of a job under one dataset. */
export interface JobResult extends Route {
  /** The lowest score of a nucleus. */
  readonly threshold: number;
  readonly summary: Summary;
}

export interface FinalizedJob {
  /** Windows that the model saw. */
  readonly windows: number;
  readonly results: readonly JobResult[];
  readonly exports: readonly WrittenExport[];
  readonly warnings: JobPlan['warnings'];
}

export interface FinalizeRequest {
  readonly survey: Survey;
  readonly formats: readonly Format[];
  /** What the slide is called in its files. */
  readonly name: string;
  /** Prefix of the exports' keys, ended by `/`. */
  readonly exportFolder: string;
  /** When the result was asked for, ISO 8601. */
  readonly madeAt: string;
  /** As of `ExportHead`. */
  readonly radiusUm?: number | undefined;
}

/**
 * Counts the nuclei and writes the exports of each dataset and format, named `DATASET.EXTENSION`. Chunks
 * that are missing leave a gap. Memory is one row of chunks whatever the slide; each pass over the nuclei reads
 * the chunk files again.
 *
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`, `CANCELED`, `INTERNAL` when a chunk file goes bad meanwhile.
 */
export async function finalizeJob(
  folder: ChunkFolder,
  { survey, formats, name, exportFolder, madeAt, radiusUm }: FinalizeRequest,
  signal?: AbortSignal,
): Promise<FinalizedJob> {
  const { plan } = folder.layout;
  const results: JobResult[] = [];
  const exports: WrittenExport[] = [];
  for (const [i, route] of plan.routes.entries()) {
    const blocks = () => wantedNuclei(folder, survey, i, signal);
    const counts = noCounts();
    for await (const block of blocks()) addCounts(counts, block);
    const { dataset } = route;
    const summary = summariseCounts(counts, dataset, plan.areaMm2);
    results.push({ ...route, threshold: plan.options.threshold ?? dataset.threshold, summary });
    const { count } = summary.total;
    const { missing } = survey;
    const head = exportHead(plan, i, { name, radiusUm, count, madeAt, missing });
    const request = { head, blocks, formats, folder: exportFolder };
    exports.push(...(await writeExports(folder.blobs, request, signal)));
  }
  const { windows, saturatedWindows } = survey;
  const warnings = plan.routes.flatMap((route, i) =>
    datasetWarnings({ route, saturatedWindows: saturatedWindows[i]! }, plan.options, windows),
  );
  return { windows, results, exports, warnings: [...plan.warnings, ...warnings] };
}

/** What a plan does not say of a file. */
export interface HeadParts extends Pick<FinalizeRequest, 'name' | 'radiusUm'>, DerivationParts {
  readonly count: number;
}

/** What a file says of the job's nuclei under one dataset. */
export function exportHead(
  plan: JobPlan,
  dataset: number,
  { name, count, radiusUm, ...parts }: HeadParts,
): ExportHead {
  const { image, bounds, mpp, model } = plan;
  return {
    count,
    dataset: plan.routes[dataset]!.dataset,
    image: { id: name, ...image, mpp: mpp.value, bounds: bounds ?? undefined },
    model: { id: model.id, version: model.version },
    radiusUm,
    dicom: derivationOf(plan, plan.routes[dataset]!, parts),
  };
}

/** Keeps of a dataset's nuclei what the job was asked for. */
export function jobFilter(plan: JobPlan, dataset: number): (nuclei: Nuclei) => Nuclei {
  const { classes, regions } = plan.options;
  return resultFilter(plan.routes[dataset]!.dataset, {
    classes,
    regions: regions && regionMask(regions, plan.image),
  });
}

/** A dataset's nuclei of the chunks that are there, as the job was asked for them. */
export async function* wantedNuclei(
  folder: ChunkFolder,
  { keys, survives }: Survey,
  dataset: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Nuclei> {
  const filter = jobFilter(folder.layout.plan, dataset);
  const rows = nucleiByRow(folder, { keys, dataset, survives: survives[dataset]!, filter });
  for await (const nuclei of rows) {
    throwIfCanceled(signal);
    yield nuclei;
  }
}
