/**
 * From the chunks of a job to its counts and result files.
 *
 * @module
 */
import type { Route } from '../../shared/datasets/routing.ts';
import type { Warning } from '../../shared/detect/detection.ts';
import type { Found } from '../../shared/detect/resolution-doubt.ts';
import { type Summary, summariseCounts } from '../../shared/detect/summary.ts';
import { datasetWarnings } from '../../shared/detect/warnings.ts';
import type { ExportHead, Format } from '../../shared/formats/format.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import { type DerivationParts, derivationOf } from './derivation.ts';
import type { JobPlan } from './job-plan.ts';
import type { Survey } from './survey.ts';
import { type ExportTarget, type WrittenExport, writeExports } from './write-exports.ts';

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
  /** Prefix of the exports' keys. */
  readonly exportFolder: string;
  /** Takes the exports; the blobs of the job when left out. */
  readonly files?: ExportTarget | undefined;
  /** When the result was asked for, ISO 8601. */
  readonly madeAt: string;
  /** Looks at the slide once more when there are hardly any nuclei: `resolutionDoubt`. */
  readonly doubt?: ((found: Found) => Promise<Warning[]>) | undefined;
  /** As of `ExportHead`. */
  readonly radiusUm?: number | undefined;
}

/**
 * Writes the exports of each dataset and format, named `SLIDE.DATASET.EXTENSION`. Chunks that are missing leave a gap.
 * Memory is one row of chunks whatever the slide. The chunk files have been read by the survey and are not read
 * again, however many datasets, formats and passes of formats there are.
 *
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`, `CANCELED`.
 */
export async function finalizeJob(
  folder: ChunkFolder,
  request: FinalizeRequest,
  signal?: AbortSignal,
): Promise<FinalizedJob> {
  const { survey, formats, name, exportFolder, files = folder.blobs, madeAt, radiusUm } = request;
  const { plan } = folder.layout;
  const results: JobResult[] = [];
  const exports: WrittenExport[] = [];
  for (const [i, route] of plan.routes.entries()) {
    const { dataset } = route;
    const summary = summariseCounts(survey.counts[i]!, dataset, plan.areaMm2);
    results.push({ ...route, threshold: plan.options.threshold ?? dataset.threshold, summary });
    const { count } = summary.total;
    const { missing } = survey;
    const head = exportHead(plan, i, { name, radiusUm, count, madeAt, missing });
    const blocks = () => survey.blocks(i, signal);
    const asked = { head, blocks, formats, folder: exportFolder };
    exports.push(...(await writeExports(files, asked, signal)));
  }
  const { windows, saturatedWindows } = survey;
  const warnings = plan.routes.flatMap((route, i) =>
    datasetWarnings({ route, saturatedWindows: saturatedWindows[i]! }, plan.options, windows),
  );
  const doubts = (await request.doubt?.({ ...foundOf(plan, results), windows })) ?? [];
  return { windows, results, exports, warnings: [...plan.warnings, ...warnings, ...doubts] };
}

/** What the dataset found that found most. */
function foundOf({ mpp, areaMm2 }: JobPlan, results: readonly JobResult[]): Omit<Found, 'windows'> {
  const countOf = ({ summary }: JobResult) => summary.total.count;
  const most = results.reduce((a, b) => (countOf(b) > countOf(a) ? b : a));
  return { mpp: mpp.value, areaMm2, count: countOf(most), dataset: most.dataset };
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
