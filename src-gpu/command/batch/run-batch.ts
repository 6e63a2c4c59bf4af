/**
 * Many slides with one model: one after the other, or some at once; what fails is passed over and named at the end.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { throwIfCanceled } from '../../../shared/cancel.ts';
import { prepare, prepareRequest } from '../../../shared/detect/prepare.ts';
import type { ModelCard } from '../../../shared/engine/card.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { startProgress } from '../../terminal/progress.ts';
import { type DetectContext, detectSlide } from '../detect-slide.ts';
import { openLocation } from '../open-location.ts';
import { Stopped } from '../stopped.ts';
import { BatchProgress } from './batch-progress.ts';
import { BatchRecord } from './batch-record.ts';
import type { BatchSlide } from './batch-slide.ts';
import { batchJson, batchText } from './batch-text.ts';
import { reportPage } from './report-page.ts';
import type { SlideInput } from './slide-input.ts';
import { slideStems } from './slide-stems.ts';
import { summaryCsv } from './summary-csv.ts';

const FAILED = 1;
const PARTS_MISSING = 3;
/** What the next slide would fail with as well. */
const FATAL: ReadonlySet<string> = new Set([
  'CANCELED',
  'CARD_MISMATCH',
  'ENGINE_FAILED',
  'MODEL_OUTPUT_INVALID',
  'OUTPUT_UNWRITABLE',
  'PROCESS_LOST',
]);

export type BatchContext = Pick<DetectContext, 'options' | 'regions' | 'host'>;

/**
 * Runs all slides and writes `summary.csv` and `report.html` beside their results. Stopped or killed, the same call goes on
 * where it was.
 *
 * @param locations As the call named them.
 * @returns What goes to stdout; the exit code is set.
 * @throws {UniCellError} What is wrong with the call, before any slide is run; `OUTPUT_EXISTS`; what no slide could be
 *   run after; {@link Stopped}.
 */
export async function runBatch(
  locations: readonly string[],
  slides: readonly SlideInput[],
  context: BatchContext,
  signal: AbortSignal,
): Promise<string> {
  const { options } = context;
  const { card } = await context.host();
  for (const { dataset = options.dataset } of slides) {
    prepareRequest({ ...options, dataset, classes: options.class }, card);
  }
  const key = createHash('sha256')
    .update(JSON.stringify(askedOf(locations, slides, options)))
    .digest('hex');
  const record = new BatchRecord(options.out, key, options.force ?? false);
  await record.begin();
  const done = await runAll(slides, context, card, signal);
  await record.write('summary.csv', summaryCsv(done));
  await record.write('report.html', reportPage(done, new Date().toISOString().slice(0, 10)));
  const failed = done.filter(({ error }) => error !== undefined);
  for (const { location, error } of failed) {
    console.error(`unicell: ${naming(location, error!.message)} (${error!.code})`);
  }
  if (failed.length > 0) {
    console.error(
      `unicell: ${failed.length} of ${done.length} slides failed. Run the same command again to try only those.`,
    );
    process.exitCode = FAILED;
  } else if (done.some(({ finished }) => finished!.errors.length > 0)) {
    process.exitCode = PARTS_MISSING;
  }
  return options.json ? batchJson(done, record.paths) : batchText(done, record.paths);
}

/** The call, but for what it runs on and what it overwrites. */
function askedOf(
  locations: readonly string[],
  slides: readonly SlideInput[],
  options: BatchContext['options'],
) {
  const {
    threads: _,
    ep: _ep,
    jobs: _jobs,
    force: _force,
    json: _json,
    out: _out,
    ...asked
  } = options;
  // A folder that has got more slides is the same one; of a manifest it is the list.
  const listed =
    asked.manifest === undefined
      ? locations.map((one) => (/^https?:/i.test(one) ? one : resolve(one)))
      : slides;
  return { ...asked, listed };
}

async function runAll(
  slides: readonly SlideInput[],
  context: BatchContext,
  card: ModelCard,
  signal: AbortSignal,
): Promise<BatchSlide[]> {
  const { options } = context;
  const stems = slideStems(slides);
  const bar = startProgress('windows');
  const done: (BatchSlide | undefined)[] = slides.map(() => undefined);
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  try {
    const progress = new BatchProgress(
      await expectedWindows(slides, context, card, signal),
      bar.update,
    );
    const queue = slides.entries();
    const lane = async () => {
      for (const [i, slide] of queue) {
        throwIfCanceled(either);
        const one = {
          ...context,
          options: { ...options, ...own(slide, options) },
          say: (line: string) => bar.say(line.replace('unicell:', `unicell: ${slide.location}:`)),
          onProgress: (windows: number, total: number) => progress.update(i, windows, total),
        };
        done[i] = await tryOne(slide.location, stems[i]!, one, either);
        progress.end(i);
        bar.say(lineOf(done[i]!, done.filter(Boolean).length, slides.length));
      }
    };
    const lanes = Array.from({ length: Math.min(options.jobs, slides.length) }, () =>
      lane().catch((error) => {
        stop.abort(error);
        throw error;
      }),
    );
    const ended = await Promise.allSettled(lanes);
    if (signal.aborted) {
      throw new Stopped(
        `Stopped with ${done.filter(Boolean).length} of ${slides.length} slides done. Run the same command again to go on.`,
      );
    }
    for (const one of ended) if (one.status === 'rejected') throw stop.signal.reason;
    return done.map((one) => one!);
  } finally {
    bar.stop();
  }
}

function own({ mpp, dataset }: SlideInput, options: BatchContext['options']) {
  return { mpp: mpp ?? options.mpp, dataset: dataset ?? options.dataset } as Pick<
    BatchContext['options'],
    'mpp' | 'dataset'
  >;
}

async function tryOne(
  location: string,
  stem: string,
  context: DetectContext,
  signal: AbortSignal,
): Promise<BatchSlide> {
  try {
    return { location, stem, ...(await detectSlide(location, stem, context, signal)) };
  } catch (error) {
    throwIfCanceled(signal);
    const { code, message } = error as UniCellError;
    // A bug of one picture is no reason to leave the others.
    const isExpected = error instanceof UniCellError;
    if (isExpected && FATAL.has(code)) throw error;
    return { location, stem, error: { code: isExpected ? code : 'UNEXPECTED', message } };
  }
}

/** From the headers alone; what cannot be opened will say so when it is its turn. */
async function expectedWindows(
  slides: readonly SlideInput[],
  { options }: BatchContext,
  card: ModelCard,
  signal: AbortSignal,
): Promise<number[]> {
  const expected: number[] = [];
  for (const slide of slides) {
    throwIfCanceled(signal);
    try {
      const { slide: header, close } = await openLocation(slide.location, options);
      try {
        expected.push(prepare(header, own(slide, options), card).windows.count);
      } finally {
        await close();
      }
    } catch {
      expected.push(0);
    }
  }
  return expected;
}

function lineOf(
  { location, finished, error, wasDone }: BatchSlide,
  done: number,
  of: number,
): string {
  const head = `${done}/${of} ${location}:`;
  if (error) return `${done}/${of} FAILED: ${naming(location, error.message)}`;
  // The readings of each dataset for themselves: they are of the same cells.
  const counts = finished!.results.map(
    ({ dataset, summary }) => `${summary.total.count.toLocaleString('en')} nuclei (${dataset.id})`,
  );
  return `${head} ${counts.join(', ')}${wasDone ? ', done before' : ''}`;
}

/** Most messages name the slide themselves. */
function naming(location: string, message: string): string {
  return message.includes(location) ? message : `${location}: ${message}`;
}
