import { demoImage } from '../demo/demo-image.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import { detectionTable } from './detection-report.ts';
import { runDetection } from './run-detection.ts';

interface DemoCommandOptions {
  readonly image?: string;
  readonly dataset: readonly string[];
  readonly mpp?: number;
  readonly out: string;
  readonly model: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
}

/** `unicell demo`: a table, an overlay, GeoJSON and CSV of an image that is there for everybody. */
export async function demoCommand(
  { image, dataset, mpp, out, model, threads, ep }: DemoCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const { image: picture, id, origin } = await demoImage(image, signal);
  console.error(`Picture: ${origin}`);
  const finished = await runDetection(
    {
      image: picture,
      id,
      detect: { dataset, mpp },
      model,
      threads,
      ep,
      out,
      formats: ['qupath', 'csv'],
      overlay: true,
    },
    signal,
  );
  return detectionTable(id, finished);
}
