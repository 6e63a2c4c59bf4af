import { UniCellError } from '../../shared/errors.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { startProgress } from '../terminal/progress.ts';
import { runBatch } from './batch/run-batch.ts';
import { findSlides } from './batch/slide-inputs.ts';
import type { DetectCommandOptions } from './detect-options.ts';
import { type DetectContext, detectSlide } from './detect-slide.ts';
import { detectionJson, detectionTable } from './detection-report.ts';
import { OpenedHost } from './opened-host.ts';
import { readRegions } from './read-regions.ts';

/** Exit code when result files were written and parts of the slide are missing in them. */
const PARTS_MISSING = 3;

/**
 * `unicell detect`: the nuclei of slides, folders of them, or a series in a PACS. Returns what goes to stdout.
 *
 * @throws {UniCellError} What is wrong with the call; of one slide also what is wrong with it.
 */
export async function detectCommand(
  locations: readonly string[],
  options: DetectCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  checkTogether(options);
  const regions = options.region === undefined ? undefined : await readRegions(options.region);
  const { slides, isBatch } = await findSlides(locations, options.manifest);
  const host = new OpenedHost(options);
  const context = { options, regions, host: () => host.get() };
  try {
    if (isBatch) return await runBatch(locations, slides, context, signal);
    return await detectOne(slides[0]!.location, context, signal);
  } finally {
    await host.close();
  }
}

/** What no slide would make right. */
function checkTogether({ format, protocol, tta }: DetectCommandOptions): void {
  for (const id of format) findFormat(id);
  if (protocol === 'official' && tta !== undefined) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `--tta ${tta} averages views under the default protocol. Leave out --protocol official or --tta.`,
    );
  }
}

async function detectOne(
  location: string,
  context: Pick<DetectContext, 'options' | 'regions' | 'host'>,
  signal: AbortSignal,
): Promise<string> {
  const progress = startProgress('windows');
  const lines: string[] = [];
  const shown = {
    ...context,
    say: (line: string) => void lines.push(line),
    onProgress: progress.update,
  };
  try {
    const { finished, wasDone } = await detectSlide(location, undefined, shown, signal);
    if (wasDone) lines.push('unicell: done before, and kept; --force runs it again.');
    if (finished.errors.length > 0) process.exitCode = PARTS_MISSING;
    const print = context.options.json ? detectionJson : detectionTable;
    return print(location, finished);
  } finally {
    // Not into the bar.
    progress.stop();
    for (const line of lines) console.error(line);
  }
}
