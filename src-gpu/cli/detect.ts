import { basename } from 'node:path';
import type { Protocol } from '../../shared/protocol/protocol.ts';
import type { ProviderChoice } from '../engine/provider/choices.ts';
import { openImage } from '../image/open-image.ts';
import { detectionJson, detectionTable } from './detection-report.ts';
import { runDetection } from './run-detection.ts';

interface DetectCommandOptions {
  readonly dataset: readonly string[];
  readonly organ?: string;
  readonly mpp?: number;
  readonly out: string;
  readonly format: readonly string[];
  readonly overlay?: true;
  readonly threshold?: number;
  readonly protocol?: Protocol;
  readonly class?: readonly string[];
  readonly model: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
  readonly json?: true;
}

/** `unicell detect`: the nuclei of one picture. Returns what goes to stdout. */
export async function detectCommand(
  path: string,
  options: DetectCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const picture = await openImage(path);
  const { dataset, organ, mpp, threshold, model, threads, ep, out, format, overlay, protocol } =
    options;
  const finished = await runDetection(
    {
      picture,
      id: basename(path),
      detect: { dataset, organ, mpp, threshold, classes: options.class },
      protocol,
      model,
      threads,
      ep,
      out,
      formats: format,
      overlay: overlay ?? false,
    },
    signal,
  );
  return options.json ? detectionJson(path, finished) : detectionTable(path, finished);
}
