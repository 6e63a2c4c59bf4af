/**
 * `unicell classify`: classes for nuclei that another program found.
 *
 * @module
 */
import { basename, resolve } from 'node:path';
import {
  type Classification,
  classifyPoints,
  type PointClasses,
  type PointList,
} from '../../shared/detect/classify-points.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { resolveMpp } from '../../shared/image/resolution.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { UNKNOWN_CLASS } from '../../shared/scoring/labelled-points.ts';
import { writeExports } from '../chunks/write-exports.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import type { ForeignNuclei, Unit } from '../foreign-nuclei/foreign-nuclei.ts';
import { readForeign } from '../foreign-nuclei/read-foreign.ts';
import type { Slide } from '../slides/slide.ts';
import { startProgress } from '../terminal/progress.ts';
import { formatTable } from '../terminal/table.ts';
import { openLocation } from './open-location.ts';
import { runKey } from './run-key.ts';
import { RunRecord } from './run-record.ts';
import { writeResults } from './write-together.ts';

export interface ClassifyCommandOptions {
  /** File of the nuclei. */
  readonly points: string;
  readonly unit?: Unit;
  /** In micrometres. */
  readonly within?: number;
  readonly dataset: readonly string[];
  readonly organ?: string;
  readonly mpp?: number;
  readonly series?: number;
  readonly out: string;
  /** Further result files. */
  readonly format: readonly string[];
  readonly model: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
  /** Also over files of other calls. */
  readonly force?: true;
  readonly json?: true;
}

/**
 * @returns What goes to stdout.
 * @throws {UniCellError} `OUTPUT_EXISTS` for files of another call, and what reading, running and writing throw.
 */
export async function classifyCommand(
  location: string,
  options: ClassifyCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const formats = options.format.map(findFormat);
  const foreign = await readForeign(options.points, options.unit);
  const opened = await openLocation(location, options);
  const { model, threads, ep } = options;
  try {
    const { slide, id, stem } = opened;
    const points = pixelsOf(foreign, slide, options.mpp);
    const host = await openEngineHost({ model, threads, ep });
    try {
      const done = await classifyWithProgress(slide, points, options, host, signal);
      const warnings = [...slide.warnings, ...done.warnings, ...fewWarnings(done, points)];
      for (const { detail } of warnings) console.error(`unicell: warning: ${detail}`);
      const record = await recordOf(stem, slide, options, host);
      const { paths } = await writeResults(
        { folder: options.out, beforeAppear: (files) => record.keep(files, undefined) },
        async (results) => {
          for (const one of done.results) {
            const file = foreign.write(classesOf(one));
            const name = `${stem}.${one.dataset.id}.classified.${foreign.extension}`;
            await results.put(name, file, signal);
            const head = {
              count: points.x.length,
              dataset: one.dataset,
              image: {
                ...{ id, width: slide.width, height: slide.height, mpp: done.mpp.value },
                bounds: slide.bounds,
              },
              model: { id: host.card.id, version: host.card.version },
            };
            const blocks = async function* () {
              yield nucleiOf(points, one);
            };
            await writeExports(
              results,
              { head, blocks, formats, folder: `${stem}.classified.` },
              signal,
            );
          }
        },
        signal,
      );
      return options.json
        ? classifyJson(location, done, points, warnings, paths)
        : classifyTable(location, done, points, host, paths);
    } finally {
      await host.close();
    }
  } finally {
    await opened.close();
  }
}

/** The same call writes over its files, whatever the points are by now, and no other. */
async function recordOf(
  stem: string,
  slide: Slide,
  { points, out, force, unit, within, dataset, organ, mpp, series, format }: ClassifyCommandOptions,
  { card }: EngineHost,
): Promise<RunRecord> {
  const asked = {
    points: resolve(points),
    ...{ unit, within, dataset, organ, mpp, series, format },
  };
  const key = await runKey(slide, card, 'fp32', asked);
  return new RunRecord(out, `${stem}.${basename(points)}.classified`, {
    key,
    isForced: force ?? false,
  });
}

async function classifyWithProgress(
  slide: Slide,
  points: PointList,
  { dataset, organ, mpp, within }: ClassifyCommandOptions,
  host: EngineHost,
  signal: AbortSignal,
): Promise<Classification> {
  const progress = startProgress('windows');
  const onProgress = (finished: number, total: number) => progress.update(finished, total);
  const asked = { dataset, organ, mpp, radiusUm: within, signal, onProgress };
  try {
    return await classifyPoints(slide, points, asked, host.engine('job'));
  } finally {
    progress.stop();
  }
}

/** Centres in pixels of level 0. */
function pixelsOf(
  { points, unit, isOfQuPath }: ForeignNuclei,
  slide: Slide,
  mpp: number | undefined,
): PointList {
  const perPixel = unit === 'um' ? resolveMpp({ request: mpp, header: slide.mpp }).value : 1;
  const corner = (isOfQuPath ? slide.bounds : undefined) ?? { x: 0, y: 0 };
  return {
    x: points.x.map((value) => value / perPixel + corner.x),
    y: points.y.map((value) => value / perPixel + corner.y),
  };
}

function classesOf({ dataset, class: classes, score }: PointClasses) {
  return {
    names: dataset.classes.map(({ name }) => name),
    colours: dataset.classes.map(({ colour }) => colour),
    class: classes,
    score,
  };
}

function nucleiOf({ x, y }: PointList, { class: classes, score }: PointClasses): Nuclei {
  return {
    length: x.length,
    x: Float32Array.from(x),
    y: Float32Array.from(y),
    class: classes,
    score,
  };
}

/** Points of another picture, or in another unit, lie nowhere near a nucleus. */
function fewWarnings({ results, outside }: Classification, { x }: PointList) {
  const most = Math.max(...results.map((one) => countsOf(one).given));
  if (most >= x.length / 2) return [];
  const detail = `${most} of ${x.length} nuclei got a class, ${outside} lie outside of the picture. See whether the file is of this picture, in pixels of its full resolution or in micrometres (--unit), and whether --mpp is right.`;
  return [{ code: 'FEW_CLASSIFIED', detail }];
}

function countsOf({ dataset, class: classes }: PointClasses) {
  const counts = dataset.classes.map(() => 0);
  for (const index of classes) if (index !== UNKNOWN_CLASS) counts[index]! += 1;
  return { counts, given: counts.reduce((sum, count) => sum + count, 0) };
}

function classifyTable(
  location: string,
  done: Classification,
  { x }: PointList,
  { card, provider }: EngineHost,
  paths: readonly string[],
): string {
  const lines = [
    `${basename(location)}: ${x.length} nuclei, ${done.outside} of them outside of the picture; ${done.windows} windows`,
    `Model ${card.id} ${card.version} on ${provider}. Research use only.`,
  ];
  for (const one of done.results) {
    const { counts, given } = countsOf(one);
    const rows = one.dataset.classes.map(({ label }, i) => [label, String(counts[i])]);
    const none = ['none within the radius', String(x.length - given)];
    lines.push(
      '',
      `${one.dataset.name}: ${one.reason} Within ${one.radiusUm} um.`,
      formatTable(['class', 'nuclei'], [...rows, none]),
    );
  }
  return [...lines, '', 'Written:', ...paths.map((path) => `  ${path}`)].join('\n');
}

function classifyJson(
  location: string,
  { mpp, windows, outside, results }: Classification,
  { x }: PointList,
  warnings: readonly { readonly code: string; readonly detail: string }[],
  files: readonly string[],
): string {
  const shown = results.map((one) => {
    const { counts, given } = countsOf(one);
    const classes = one.dataset.classes.map(({ name }, i) => ({ name, count: counts[i] }));
    const { reason, radiusUm } = one;
    return { dataset: one.dataset.id, reason, radiusUm, classes, without: x.length - given };
  });
  const whole = { image: location, mpp, windows, count: x.length, outside, results: shown };
  return JSON.stringify({ ...whole, warnings, files }, null, 2);
}
