/**
 * From an opened image to its nuclei and the files that hold them: what `detect` and `demo` share.
 *
 * @module
 */

import type { Dataset } from '../../shared/datasets/dataset.ts';
import { namesAskedFor } from '../../shared/detect/class-filter.ts';
import { detectPrepared } from '../../shared/detect/detect-prepared.ts';
import { detectWithFlips } from '../../shared/detect/detect-with-flips.ts';
import type { DatasetResult, Detection } from '../../shared/detect/detection.ts';
import type { DetectOptions } from '../../shared/detect/options.ts';
import { prepare } from '../../shared/detect/prepare.ts';
import { type Summary, summarise } from '../../shared/detect/summary.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { PROTOCOLS, type Protocol } from '../../shared/protocol/protocol.ts';
import { writeExports } from '../chunks/write-exports.ts';
import type { TestTimeAugmentation } from '../evaluation/evaluate-split.ts';
import { drawOverlay, encodePng } from '../overlay/overlay.ts';
import type { OpenedImage } from '../slides/open-image.ts';
import type { FinishedDetection } from './detection-report.ts';
import { overlayName, possibleNames } from './result-names.ts';
import type { RunParts } from './run-parts.ts';
import type { DoneSlide } from './run-record.ts';
import { gridsFor, reportPictures } from './slide-pictures.ts';
import { writeResults } from './write-together.ts';

export interface DetectionRequest extends RunParts {
  readonly image: OpenedImage;
  readonly detect: DetectOptions;
  readonly protocol?: Protocol | undefined;
  readonly tta?: TestTimeAugmentation | undefined;
}

/**
 * Runs the model on an image and writes all result files or none.
 *
 * @throws {UniCellError} As `detect`; `OUTPUT_EXISTS`, `OUTPUT_UNWRITABLE`, `CANCELED`.
 */
export async function runDetection(
  request: DetectionRequest,
  signal: AbortSignal,
): Promise<DoneSlide> {
  const { image, record, out, stem, say } = request;
  const formats = request.formats.map(findFormat);
  const detection = await find(request, signal);
  const warnings = [...image.warnings, ...detection.warnings];
  for (const { detail } of warnings) say(`unicell: warning: ${detail}`);
  const done = {
    finished: finishedOf(detection, warnings),
    pictures: await picturesOf(request, detection, signal),
  };
  const { paths: files } = await writeResults(
    { folder: out, beforeAppear: (files) => record.keep(files, done) },
    async (results) => {
      for (const result of detection.results) {
        const asked = { ...exportOf(request, detection, result), folder: `${stem}.`, formats };
        await writeExports(results, asked, signal);
        if (request.hasOverlay) {
          const png = await overlayPng(request, detection, result);
          await results.put(overlayName(stem, result.dataset.id), png, signal);
        }
      }
    },
    signal,
  );
  return { ...done, finished: { ...done.finished, files } };
}

/** The way that was asked for, once it is known that its files may be written. */
async function find(request: DetectionRequest, signal: AbortSignal): Promise<Detection> {
  const { host, image, detect, protocol = 'default', tta, onProgress } = request;
  const { source } = image;
  const engine = host.engine('job');
  const options = { ...detect, signal, onProgress };
  const preparation = prepare(source, options, host.card);
  const formats = request.formats.map(findFormat);
  const ids = preparation.routes.map(({ dataset }) => dataset.id);
  await request.record.requireFree(possibleNames(request.stem, ids, formats, request.hasOverlay));
  if (protocol !== 'default') return PROTOCOLS[protocol].detect(source, options, engine);
  if (tta === 'flips') return detectWithFlips(source, options, engine);
  return detectPrepared(source, preparation, engine);
}

function finishedOf(
  { level: _, classes: asked, ...detection }: Detection,
  warnings: FinishedDetection['warnings'],
): FinishedDetection {
  return {
    ...detection,
    results: detection.results.map(({ nuclei, ...result }) => ({
      ...result,
      summary: summarise(nuclei, result.dataset, detection.areaMm2, asked),
    })),
    warnings,
    errors: [],
    files: [],
  };
}

async function picturesOf(
  { image }: DetectionRequest,
  { results, mpp }: Detection,
  signal: AbortSignal,
) {
  const datasets = results.map(({ dataset }) => dataset);
  const counted = gridsFor(datasets, image.source, mpp.value);
  for (const [i, { grid }] of counted.entries()) grid.add(results[i]!.nuclei);
  return reportPictures(image.source, counted, signal);
}

/** As a slide's, of one block. */
function exportOf(
  { id, image: picture, detect, radiusUm }: DetectionRequest,
  { image, mpp, model, classes }: Detection,
  { dataset, nuclei, threshold }: DatasetResult,
) {
  const { bounds } = picture;
  const inRegions = detect.regions && (true as const);
  const head = {
    count: nuclei.length,
    dataset,
    image: { id, ...image, mpp: mpp.value, bounds },
    model,
    threshold,
    only: { classes: namesAskedFor(dataset, classes), inRegions },
    radiusUm,
  };
  const blocks = async function* () {
    yield nuclei;
  };
  return { head, blocks };
}

async function overlayPng(
  { image, radiusUm }: DetectionRequest,
  { mpp, model, areaMm2, classes: asked }: Detection,
  { dataset, nuclei }: DatasetResult,
): Promise<Uint8Array> {
  const { classes } = summarise(nuclei, dataset, areaMm2, asked);
  const overlay = await drawOverlay(image.raster, nuclei, {
    title: overlayTitle(model, dataset.name),
    mpp: mpp.value,
    radiusUm,
    classes: countedClasses(dataset, classes),
  });
  return encodePng(overlay);
}

/** The classes of an overlay, in head order; those that were not counted have no count. */
export function countedClasses(
  { classes }: Pick<Dataset, 'classes'>,
  counted: Summary<number | null>['classes'],
) {
  const counts = new Map(counted.map(({ name, count }) => [name, count]));
  return classes.map(({ name, colour }) => ({ name, colour, count: counts.get(name) ?? null }));
}

/** First line of the legend of any overlay. */
export function overlayTitle(model: Pick<Detection['model'], 'id' | 'version'>, dataset: string) {
  return `UniCell ${model.id} ${model.version}, ${dataset}. Research use only.`;
}
