/**
 * One slide of `unicell detect`: opened, looked up among what was done before, and run as a picture or in parts.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import { regionMask } from '../../shared/tiling/region-mask.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { readImage } from '../slides/open-image.ts';
import type { DetectCommandOptions } from './detect-options.ts';
import { naming } from './naming.ts';
import { isLarge, type OpenedLocation, openLocation } from './open-location.ts';
import { runDetection } from './run-detection.ts';
import { runKey } from './run-key.ts';
import type { RunParts } from './run-parts.ts';
import { type DoneSlide, RunRecord } from './run-record.ts';
import { runSlide } from './run-slide.ts';

/** What is the same for all slides of a call. */
export interface DetectContext {
  readonly options: DetectCommandOptions;
  readonly regions: readonly RegionGeometry[] | undefined;
  /** Opened when the first slide needs it. */
  readonly host: () => Promise<EngineHost>;
  readonly say: (line: string) => void;
  readonly onProgress: RunParts['onProgress'];
}

export interface DetectedSlide extends DoneSlide {
  /** Whether it was done before, and nothing had to be run. */
  readonly wasDone: boolean;
}

/**
 * Finds the nuclei of one slide and writes its files.
 *
 * @param stem What its files are called; after the slide when left out.
 * @throws {UniCellError} As `runDetection` and `runSlide`.
 */
export async function detectSlide(
  location: string,
  stem: string | undefined,
  context: DetectContext,
  signal: AbortSignal,
): Promise<DetectedSlide> {
  const { options } = context;
  const opened = await openLocation(location, options);
  try {
    const inParts = isInParts(opened, options);
    const host = await context.host();
    const own = stem ?? opened.stem;
    const asked = { id: opened.id, inParts, regions: context.regions, ...askedOf(options) };
    const key = await runKey(opened.slide, host.card, options.precision, asked);
    const isForced = options.force ?? false;
    const record = new RunRecord(options.out, own, { key, isForced });
    const before = await record.done();
    if (before) return { ...before, wasDone: true };
    const parts = {
      ...{ host, record, id: opened.id, stem: own, out: options.out },
      ...{ formats: options.format, radiusUm: options.radius },
      ...{ hasOverlay: options.overlay ?? false, say: context.say, onProgress: context.onProgress },
    };
    const run = inParts ? inChunks : asPicture;
    return { ...(await run(opened, location, parts, context, signal)), wasDone: false };
  } catch (error) {
    throw naming(location, error);
  } finally {
    await opened.close();
  }
}

/** What changes a result file; not what it runs on, and not what it is told to. */
function askedOf({
  dataset,
  organ,
  mpp,
  threshold,
  tissue,
  protocol,
  tta,
  ...rest
}: DetectCommandOptions) {
  const { class: classes, format, radius, overlay, series } = rest;
  return {
    ...{ dataset, organ, mpp, threshold, classes, tissue, protocol, tta },
    ...{ format, radius, overlay, series },
  };
}

/** The official protocol and flips are of pictures. */
function isInParts(opened: OpenedLocation, options: DetectCommandOptions): boolean {
  const { levels, width, height } = opened.slide;
  const isSlide = isLarge(opened, options.slideAbove);
  if (options.protocol === 'official') {
    if (!opened.isSeries) return false;
    throw new UniCellError(
      'INVALID_OPTIONS',
      "--protocol official is the authors' way through pictures in files, and a series in a PACS is run as a slide. Leave it out.",
    );
  }
  if (options.tta === undefined || !isSlide) return isSlide;
  throw new UniCellError(
    'INVALID_OPTIONS',
    `--tta ${options.tta} looks at pictures, and this is run as a slide (${width} x ${height} px, ${levels.length} levels). Leave it out, or cut regions out of the slide.`,
  );
}

async function inChunks(
  { slide }: OpenedLocation,
  _location: string,
  parts: RunParts,
  { options, regions }: DetectContext,
  signal: AbortSignal,
): Promise<DoneSlide> {
  const { dataset, organ, mpp, threshold, precision } = options;
  const asked = { dataset, organ, mpp, threshold, classes: options.class, regions };
  const hasTissueMask = options.tissue === 'auto';
  return runSlide({ ...parts, slide, options: asked, hasTissueMask, precision }, signal);
}

async function asPicture(
  { slide }: OpenedLocation,
  location: string,
  parts: RunParts,
  { options, regions }: DetectContext,
  signal: AbortSignal,
): Promise<DoneSlide> {
  const { dataset, organ, mpp, threshold, protocol, tta } = options;
  const mask = regions && regionMask(regions, slide);
  const detect = { dataset, organ, mpp, threshold, classes: options.class, regions: mask };
  const image = await readImage(slide, location);
  return runDetection({ ...parts, image, detect, protocol, tta }, signal);
}
