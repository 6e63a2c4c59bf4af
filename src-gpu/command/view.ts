/**
 * `unicell view`: a service of this machine for one slide, and the browser that shows it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UniCellError } from '../../shared/errors.ts';
import { openLog } from '../service/log.ts';
import { startService } from '../service/service.ts';
import { readServiceSettings, type ServiceSettings } from '../service/settings.ts';
import { makeCacheFolder } from '../terminal/cache-folder.ts';
import type { SlideOptions } from './detect-options.ts';
import { JobsClient } from './jobs/client.ts';
import { readRegions } from './read-regions.ts';

export interface ViewCommandOptions extends SlideOptions {
  readonly format: readonly string[];
  /** 0 for a free one. */
  readonly port: number;
  /** Whether a browser is opened. */
  readonly open: boolean;
}

/** Formats that the page offers to download. */
const FORMATS = ['qupath', 'csv', 'json'];

/**
 * Starts the service on a loopback address, makes a job of the slide, or finds the one that an earlier call made, and opens the
 * viewer. Serves until it is stopped; what was found is kept for the next call.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `OUTPUT_UNWRITABLE`, what is wrong with the options, and what starting the service throws.
 */
export async function viewCommand(
  slide: string,
  options: ViewCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const path = await realpath(slide).catch((cause: NodeJS.ErrnoException) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${slide} cannot be opened (${cause.code}). Pass the path of a picture or slide.`,
      { cause },
    );
  });
  const regions = options.region === undefined ? undefined : await readRegions(options.region);
  const data = await makeCacheFolder('view', hashOf(path).slice(0, 32));
  const service = await startService(settingsFor(path, data, options), openLog('warn', 'text'));
  try {
    const { dataset, organ, mpp, series, threshold, tissue } = options;
    const request = {
      source: { type: 'path', path },
      ...{ dataset, organ, mpp, series, threshold, tissue, regions },
      classes: options.class,
      exports: FORMATS,
    };
    const { mtimeMs, size } = await stat(path);
    const named = [request, mtimeMs, size, options.model, options.precision];
    const body = { contentType: 'application/json', content: JSON.stringify(request) };
    const client = new JobsClient({ url: service.url, key: undefined, signal });
    const job = await client.create(body, undefined, { idempotencyKey: hashOf(named) });
    if (['failed', 'canceled'].includes(job.status)) await client.resume(job.id, undefined);
    const url = `${service.url}/viewer?job=${encodeURIComponent(job.id)}`;
    console.log(
      `${slide} with its nuclei: ${url}\nCtrl-C ends it; what was found is kept for the next time.`,
    );
    if (options.open) await openBrowser(url);
    if (signal.aborted) return;
    const fault = await Promise.race([service.broken, abortOf(signal)]);
    if (fault !== undefined) throw new UniCellError('ENGINE_FAILED', fault);
  } finally {
    await service.stop();
  }
}

/** Only what the options say: the variables of a service of this machine are not for a look at one slide. */
function settingsFor(path: string, data: string, options: ViewCommandOptions): ServiceSettings {
  const { model, precision, threads, ep, port } = options;
  const settings = readServiceSettings({
    UNICELL_ENV: 'local',
    PORT: String(port),
    MODEL: model,
    MODEL_PRECISION: precision,
    EXECUTION_PROVIDER: ep,
    THREADS: threads === undefined ? undefined : String(threads),
    DATA_FOLDER: data,
    MIN_FREE_BYTES: '0',
  });
  // As a variable, a comma in the path would make two of it.
  return { ...settings, SLIDE_FOLDERS: [dirname(path)] };
}

async function openBrowser(url: string): Promise<void> {
  const { default: open } = await import('open');
  try {
    const browser = await open(url);
    // A machine without a browser is told of where the address is printed.
    browser.on('error', () => {});
    browser.unref();
  } catch {
    console.error('unicell: no browser could be opened; open the address yourself.');
  }
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
