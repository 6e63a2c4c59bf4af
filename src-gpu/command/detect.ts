import { basename } from 'node:path';
import { UniCellError } from '../../shared/errors.ts';
import type { Protocol } from '../../shared/protocol/protocol.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import { regionMask } from '../../shared/tiling/region-mask.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import { readImage } from '../slides/open-image.ts';
import type { Slide } from '../slides/slide.ts';
import { detectionJson, detectionTable, type FinishedDetection } from './detection-report.ts';
import { type OpenedLocation, openLocation } from './open-location.ts';
import { readRegions } from './read-regions.ts';
import { runDetection } from './run-detection.ts';
import { runSlide } from './run-slide.ts';

export interface DetectCommandOptions {
  readonly dataset: readonly string[];
  readonly organ?: string;
  readonly mpp?: number;
  readonly out: string;
  readonly format: readonly string[];
  /** In micrometres. */
  readonly radius?: number;
  readonly overlay?: true;
  readonly threshold?: number;
  readonly protocol?: Protocol;
  readonly class?: readonly string[];
  /** Which image of a TIFF that holds several. */
  readonly series?: number;
  /** GeoJSON file. */
  readonly region?: string;
  readonly tissueMask: boolean;
  /** Images of more megapixels are run as slides. */
  readonly slideAbove: number;
  readonly model: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
  readonly json?: true;
}

/** Exit code when result files were written and parts of the slide are missing in them. */
const PARTS_MISSING = 3;

/** `unicell detect`: the nuclei of one image or slide, or of a series in a PACS. Returns what goes to stdout. */
export async function detectCommand(
  path: string,
  options: DetectCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const regions = options.region === undefined ? undefined : await readRegions(options.region);
  const source = await openLocation(path, options);
  let finished: FinishedDetection;
  try {
    finished = isSlide(source, options)
      ? await detectSlide(path, source, options, regions, signal)
      : await detectImage(path, source.slide, options, regions, signal);
  } catch (error) {
    throw naming(path, error);
  } finally {
    await source.close();
  }
  if (finished.errors.length > 0) process.exitCode = PARTS_MISSING;
  return options.json ? detectionJson(path, finished) : detectionTable(path, finished);
}

/** Several pictures may be run by one script: what is wrong with the resolution of one names it. */
function naming(path: string, error: unknown): unknown {
  const isOfMpp =
    error instanceof UniCellError && (error.code === 'MPP_UNKNOWN' || error.code === 'MPP_INVALID');
  if (!isOfMpp) return error;
  return new UniCellError(error.code, `${path}: ${error.message} (--mpp)`, { cause: error });
}

/** What lies in a PACS, images with a pyramid, and large ones. The authors' protocol is one of images. */
function isSlide({ slide, isSeries }: OpenedLocation, options: DetectCommandOptions): boolean {
  const { levels, width, height } = slide;
  const isOfficial = options.protocol === 'official';
  if (isSeries && isOfficial) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      "--protocol official is the authors' way through pictures in files, and a series in a PACS is run as a slide. Leave it out.",
    );
  }
  const isLarge = levels.length > 1 || width * height > options.slideAbove * 1e6;
  return isSeries || (isLarge && !isOfficial);
}

function detectSlide(
  path: string,
  { slide, id, stem }: OpenedLocation,
  options: DetectCommandOptions,
  regions: readonly RegionGeometry[] | undefined,
  signal: AbortSignal,
): Promise<FinishedDetection> {
  const { dataset, organ, mpp, threshold, model, threads, ep, out } = options;
  if (options.overlay) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `--overlay draws on pictures, and ${path} is run as a slide (${slide.width} x ${slide.height} px, ${slide.levels.length} levels). Leave it out and look at --format qupath in QuPath.`,
    );
  }
  return runSlide(
    {
      slide,
      id,
      stem,
      options: { dataset, organ, mpp, threshold, classes: options.class, regions },
      hasTissueMask: options.tissueMask,
      model,
      threads,
      ep,
      out,
      formats: options.format,
      radiusUm: options.radius,
    },
    signal,
  );
}

async function detectImage(
  path: string,
  slide: Slide,
  options: DetectCommandOptions,
  geometries: readonly RegionGeometry[] | undefined,
  signal: AbortSignal,
): Promise<FinishedDetection> {
  const { dataset, organ, mpp, threshold, protocol, model, threads, ep, out } = options;
  const regions = geometries && regionMask(geometries, slide);
  return runDetection(
    {
      image: await readImage(slide, path),
      id: basename(path),
      detect: { dataset, organ, mpp, threshold, classes: options.class, regions },
      protocol,
      model,
      threads,
      ep,
      out,
      formats: options.format,
      radiusUm: options.radius,
      overlay: options.overlay ?? false,
    },
    signal,
  );
}
