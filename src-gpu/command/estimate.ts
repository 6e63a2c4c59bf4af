/**
 * `unicell estimate`: what `detect` would take, found out by planning it and by trying the model for a moment.
 *
 * @module
 */
import { throwIfCanceled } from '../../shared/cancel.ts';
import { detect } from '../../shared/detect/detect.ts';
import { areaMm2 } from '../../shared/detect/summary.ts';
import { UniCellError } from '../../shared/errors.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import { tissueMask } from '../../shared/tissue/tissue-mask.ts';
import { planJob } from '../chunks/plan-job.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { durationText } from '../terminal/duration.ts';
import { formatTable } from '../terminal/table.ts';
import type { SlideInput } from './batch/slide-input.ts';
import { findSlides } from './batch/slide-inputs.ts';
import type { SlideOptions } from './detect-options.ts';
import { naming } from './naming.ts';
import { isLarge, openLocation } from './open-location.ts';
import { OpenedHost } from './opened-host.ts';
import { readRegions } from './read-regions.ts';

export interface EstimateCommandOptions extends SlideOptions {
  readonly manifest?: string;
  readonly json?: true;
}

interface Estimated {
  readonly slide: string;
  readonly image: { readonly width: number; readonly height: number };
  readonly mpp: { readonly value: number; readonly source: string };
  /** Of the slide, what densities are over, and the whole. */
  readonly areaMm2: number;
  readonly imageAreaMm2: number;
  readonly datasets: readonly string[];
  readonly windows: number;
  readonly seconds: number;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
}

/** Windows along a side of what the model is tried on. */
const TRIAL_SIDE = 4;

/**
 * Opens each slide, looks for tissue and counts windows. Nothing is written.
 *
 * @returns What goes to stdout. What cannot be estimated is named on stderr, and the exit code is 1.
 * @throws {UniCellError} What is wrong with the call; of one slide also what is wrong with it.
 */
export async function estimateCommand(
  locations: readonly string[],
  options: EstimateCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const regions = options.region === undefined ? undefined : await readRegions(options.region);
  const { slides } = await findSlides(locations, options.manifest);
  const opened = new OpenedHost(options);
  try {
    const host = await opened.get();
    const found: Estimated[] = [];
    const perSecond = await trySpeed(host, options, signal);
    for (const slide of slides) {
      throwIfCanceled(signal);
      try {
        found.push(await estimateOne(slide, { options, regions, host, perSecond }, signal));
      } catch (error) {
        throwIfCanceled(signal);
        if (slides.length === 1 || !(error instanceof UniCellError)) throw error;
        const where = error.message.includes(slide.location) ? '' : `${slide.location}: `;
        console.error(`unicell: ${where}${error.message}`);
        process.exitCode = 1;
      }
    }
    const report = { provider: host.provider, windowsPerSecond: perSecond, slides: found };
    return options.json ? JSON.stringify(report, null, 2) : tableOf(report);
  } finally {
    await opened.close();
  }
}

interface EstimateParts {
  readonly options: EstimateCommandOptions;
  readonly regions: readonly RegionGeometry[] | undefined;
  readonly host: EngineHost;
  readonly perSecond: number;
}

async function estimateOne(
  { location, ...own }: SlideInput,
  { options, regions, host, perSecond }: EstimateParts,
  signal: AbortSignal,
): Promise<Estimated> {
  const { organ, threshold, precision } = options;
  const mpp = own.mpp ?? options.mpp;
  const asked = { dataset: own.dataset ?? options.dataset, organ, mpp, threshold, regions };
  const opened = await openLocation(location, options);
  const { slide, close } = opened;
  try {
    const plan = await planJob(slide, {
      card: host.card,
      precision,
      options: { ...asked, classes: options.class },
      tissue: await tissueMask(slide, { mpp, signal }),
      // Pictures are looked at as a whole.
      hasGlass: options.tissue === 'none' || !isLarge(opened),
    });
    const windows = plan.chunks.reduce((sum, chunk) => sum + chunk.windows, 0);
    return {
      slide: location,
      image: plan.image,
      mpp: plan.mpp,
      areaMm2: plan.areaMm2,
      imageAreaMm2: areaMm2(plan.image, plan.mpp.value),
      datasets: plan.routes.map(({ dataset }) => dataset.id),
      windows,
      seconds: windows / perSecond,
      warnings: plan.warnings,
    };
  } catch (error) {
    throw naming(location, error);
  } finally {
    await close();
  }
}

/** Windows per second of the model on this machine; what the windows show does not matter. */
async function trySpeed(
  host: EngineHost,
  { dataset, organ }: EstimateCommandOptions,
  signal: AbortSignal,
): Promise<number> {
  const { card } = host;
  const side = card.window.width + (TRIAL_SIDE - 1) * (card.window.width - 2 * card.window.haloPx);
  const source = (px: number) => {
    const data = new Uint8Array(px * px * 3).fill(200);
    return new RasterSource({ width: px, height: px, data }, card.mpp);
  };
  const engine = host.engine('job');
  const asked = { dataset, organ, signal, classes: undefined };
  // The first run of a session allocates its memory.
  await detect(source(card.window.width), asked, engine);
  const since = performance.now();
  const { windows } = await detect(source(side), asked, engine);
  return windows / ((performance.now() - since) / 1000);
}

function tableOf({
  provider,
  windowsPerSecond,
  slides,
}: {
  readonly provider: string;
  readonly windowsPerSecond: number;
  readonly slides: readonly Estimated[];
}): string {
  const rows = slides.map(({ slide, image, mpp, areaMm2, imageAreaMm2, windows, seconds }) => [
    slide,
    `${image.width} x ${image.height}`,
    `${Number(mpp.value.toPrecision(4))} (${mpp.source})`,
    `${areaMm2.toPrecision(3)} of ${imageAreaMm2.toPrecision(3)}`,
    String(windows),
    durationText(seconds),
  ]);
  const sum = (of: (one: Estimated) => number) => slides.reduce((total, one) => total + of(one), 0);
  const all =
    slides.length > 1
      ? [
          [
            'all',
            '',
            '',
            '',
            String(sum((one) => one.windows)),
            durationText(sum((one) => one.seconds)),
          ],
        ]
      : [];
  const header = ['slide', 'pixels', 'um per pixel', 'mm2 to count', 'windows', 'about'];
  const warnings = slides.flatMap(({ slide, warnings }) =>
    warnings.map(({ detail }) => `warning: ${slide}: ${detail}`),
  );
  return [
    formatTable(header, [...rows, ...all]),
    '',
    ...warnings,
    `At ${windowsPerSecond.toPrecision(3)} windows per second on ${provider}, without opening and writing.`,
  ].join('\n');
}
