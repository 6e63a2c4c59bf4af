import { createHash } from 'node:crypto';
import { resultStem } from '../../shared/formats/result-stem.ts';
import type { Raster } from '../../shared/image/raster.ts';
import { demoImage } from '../demo/demo-image.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import { startProgress } from '../terminal/progress.ts';
import { detectionTable } from './detection-report.ts';
import { OpenedHost } from './opened-host.ts';
import { runDetection } from './run-detection.ts';
import { runKey } from './run-key.ts';
import { RunRecord } from './run-record.ts';

interface DemoCommandOptions {
  readonly image?: string;
  readonly dataset: readonly string[];
  readonly mpp?: number;
  readonly out: string;
  readonly force?: true;
  readonly model: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
}

const FORMATS = ['qupath', 'csv'];

/** `unicell demo`: a table, an overlay, GeoJSON and CSV of an image that is there for everybody. */
export async function demoCommand(
  { image, dataset, mpp, out, force, ...engine }: DemoCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const { image: picture, id, origin } = await demoImage(image, signal);
  console.error(`Picture: ${origin}`);
  const opened = new OpenedHost(engine);
  const progress = startProgress('windows');
  try {
    const host = await opened.get();
    const asked = { id, dataset, mpp };
    const key = await runKey(named(picture.raster), host.card, 'fp32', asked);
    const stem = resultStem(id);
    const record = new RunRecord(out, stem, { key, isForced: force ?? false });
    const parts = { host, record, id, stem, out, formats: FORMATS, hasOverlay: true };
    const detect = { dataset, mpp };
    const shown = { say: (line: string) => console.error(line), onProgress: progress.update };
    const before = await record.done();
    const done =
      before ?? (await runDetection({ ...parts, ...shown, image: picture, detect }, signal));
    if (before) console.error('unicell: done before, and kept; --force runs it again.');
    return detectionTable(id, done.finished);
  } finally {
    progress.stop();
    await opened.close();
  }
}

/** The picture may be a drawing, which no file holds. */
function named({ width, height, data }: Raster) {
  const hash = createHash('sha256').update(`${width} ${height} `).update(data).digest('hex');
  return { fingerprint: () => Promise.resolve(hash) };
}
