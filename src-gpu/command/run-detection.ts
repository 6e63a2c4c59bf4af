/**
 * From an opened image to its nuclei and the files that hold them: what `detect` and `demo` share.
 *
 * @module
 */
import type { DatasetResult, Detection } from '../../shared/detect/detection.ts';
import type { DetectOptions } from '../../shared/detect/options.ts';
import { summarise } from '../../shared/detect/summary.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { resultStem } from '../../shared/formats/result-stem.ts';
import { PROTOCOLS, type Protocol } from '../../shared/protocol/protocol.ts';
import { writeExports } from '../chunks/write-exports.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import { drawOverlay, encodePng } from '../overlay/overlay.ts';
import type { OpenedImage } from '../slides/open-image.ts';
import { startProgress } from '../terminal/progress.ts';
import type { FinishedDetection } from './detection-report.ts';
import { writeResults } from './write-together.ts';

export interface DetectionRequest {
  readonly image: OpenedImage;
  /** What the image is called in result files, mostly its file name. */
  readonly id: string;
  readonly detect: DetectOptions;
  readonly protocol?: Protocol | undefined;
  readonly model: string;
  readonly threads: number | undefined;
  readonly ep: ProviderChoice;
  /** Folder of the result files. */
  readonly out: string;
  /** Ids of `shared/formats/registry.ts`. */
  readonly formats: readonly string[];
  /** As of `ExportHead`. */
  readonly radiusUm?: number | undefined;
  readonly overlay: boolean;
}

/** Runs the model on an image, with a progress bar, and writes all result files or none. */
export async function runDetection(
  request: DetectionRequest,
  signal: AbortSignal,
): Promise<FinishedDetection> {
  const formats = request.formats.map(findFormat);
  const detection = await detectWithProgress(request, signal);
  const warnings = [...request.image.warnings, ...detection.warnings];
  for (const { detail } of warnings) console.error(`unicell: warning: ${detail}`);
  const { paths: files } = await writeResults(
    { folder: request.out },
    async (results) => {
      for (const result of detection.results) {
        const { stem, export: asked } = exportOf(request, detection, result);
        await writeExports(results, { ...asked, formats }, signal);
        if (request.overlay) {
          const png = await overlayPng(request.image, detection, result);
          await results.put(`${stem}${result.dataset.id}.overlay.png`, png, signal);
        }
      }
    },
    signal,
  );
  return {
    ...detection,
    results: detection.results.map(({ nuclei, ...result }) => ({
      ...result,
      summary: summarise(nuclei, result.dataset, detection.areaMm2),
    })),
    warnings,
    errors: [],
    files,
  };
}

/** As a slide's, of one block. */
function exportOf(
  { id, image: picture, radiusUm }: DetectionRequest,
  { image, mpp, model }: Detection,
  { dataset, nuclei }: DatasetResult,
) {
  const stem = `${resultStem(id)}.`;
  const { bounds } = picture;
  const head = {
    count: nuclei.length,
    dataset,
    image: { id, ...image, mpp: mpp.value, bounds },
    model,
    radiusUm,
  };
  const blocks = async function* () {
    yield nuclei;
  };
  return { stem, export: { head, blocks, folder: stem } };
}

async function detectWithProgress(
  { image: picture, detect: options, protocol = 'default', model, threads, ep }: DetectionRequest,
  signal: AbortSignal,
): Promise<Detection> {
  const host = await openEngineHost({ model, threads, ep });
  const progress = startProgress('windows');
  try {
    return await PROTOCOLS[protocol].detect(
      picture.source,
      { ...options, signal, onProgress: (done, total) => progress.update(done, total) },
      host.engine('job'),
    );
  } finally {
    progress.stop();
    await host.close();
  }
}

function overlayPng(
  { raster }: OpenedImage,
  { mpp, model, areaMm2 }: Detection,
  { dataset, nuclei }: DatasetResult,
): Promise<Uint8Array> {
  const { classes } = summarise(nuclei, dataset, areaMm2);
  const overlay = drawOverlay(raster, nuclei, {
    title: `UniCell ${model.id} ${model.version}, ${dataset.name}. Research use only.`,
    mpp: mpp.value,
    classes: dataset.classes.map(({ label, colour }, index) => ({
      label,
      colour,
      count: classes[index]!.count,
    })),
  });
  return encodePng(overlay);
}
