/**
 * From the chunks of a job to its counts and result files.
 *
 * @module
 */
import type { Route } from '../../shared/datasets/routing.ts';
import { namesAskedFor } from '../../shared/detect/class-filter.ts';
import type { Warning } from '../../shared/detect/detection.ts';
import type { Found } from '../../shared/detect/resolution-doubt.ts';
import { type Summary, summariseCounts } from '../../shared/detect/summary.ts';
import { datasetWarnings } from '../../shared/detect/warnings.ts';
import type { ExportHead, Format } from '../../shared/formats/format.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import { type DerivationParts, derivationOf } from './derivation.ts';
import { examinedAreaMm2 } from './examined-area.ts';
import type { JobPlan } from './job-plan.ts';
import { chunkRectangle } from './plan-layout.ts';
import type { Survey } from './survey.ts';
import { type ExportTarget, type WrittenExport, writeExports } from './write-exports.ts';

/** The outcome of a job under one dataset. */
export interface JobResult extends Route {
  /** The lowest score of a nucleus. */
  readonly threshold: number;
  readonly summary: Summary<number | null>;
}

export interface FinalizedJob {
  /** Windows that the model saw. */
  readonly windows: number;
  /** What densities are over, in square millimetres: that of the plan, less the chunks that are missing. */
  readonly areaMm2: number;
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
  const { missing } = survey;
  const areaMm2 = examinedAreaMm2(plan, missing);
  const results: JobResult[] = [];
  const exports: WrittenExport[] = [];
  for (const [i, route] of plan.routes.entries()) {
    const { dataset } = route;
    const summary = summariseCounts(survey.counts[i]!, dataset, areaMm2, plan.options.classes);
    results.push({ ...route, threshold: plan.options.threshold ?? dataset.threshold, summary });
    const { count } = summary.total;
    const head = exportHead(plan, i, { name, radiusUm, count, madeAt, missing });
    const blocks = () => survey.blocks(i, signal);
    const asked = { head, blocks, formats, folder: exportFolder };
    exports.push(...(await writeExports(files, asked, signal)));
  }
  const { windows, saturatedWindows } = survey;
  const warnings = plan.routes.flatMap((route, i) =>
    datasetWarnings({ route, saturatedWindows: saturatedWindows[i]! }, plan.options, windows),
  );
  const isWhole = missing.length === 0;
  const late = isWhole
    ? ((await request.doubt?.({ ...foundOf(plan, results), windows })) ?? [])
    : [partsMissing(plan, missing.length, areaMm2)];
  const said = [...plan.warnings, ...warnings, ...late];
  return { windows, areaMm2, results, exports, warnings: said };
}

function partsMissing({ chunks, areaMm2 }: JobPlan, missing: number, examinedMm2: number) {
  const over =
    examinedMm2 > 0
      ? `Counts lack them, and densities are over the ${examinedMm2.toPrecision(3)} of ${areaMm2.toPrecision(3)} mm2 that were examined.`
      : 'Nothing was examined, so there are no densities.';
  return {
    code: 'PARTS_MISSING',
    detail: `${missing} of ${chunks.length} parts of the slide have no result. ${over}`,
  };
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
  const { image, bounds, mpp, model, options } = plan;
  const { missing } = parts;
  const of = plan.routes[dataset]!.dataset;
  return {
    count,
    dataset: of,
    image: { id: name, ...image, mpp: mpp.value, bounds: bounds ?? undefined },
    model: { id: model.id, version: model.version },
    threshold: options.threshold ?? of.threshold,
    only: {
      classes: namesAskedFor(of, options.classes),
      inRegions: options.regions && true,
    },
    radiusUm,
    missing: missing.map((index) => chunkRectangle(plan, index)),
    dicom: derivationOf(plan, plan.routes[dataset]!, parts),
  };
}
