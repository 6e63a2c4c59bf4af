/**
 * The overlays of a slide: the whole of it at a glance, and the regions that were asked for at full resolution.
 *
 * @module
 */
import { classFilter } from '../../shared/detect/class-filter.ts';
import { addCounts, noCounts } from '../../shared/detect/summary.ts';
import type { Raster } from '../../shared/image/raster.ts';
import type { Region, Size } from '../../shared/image/source.ts';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { concatNuclei, rowsWhere, takeNuclei } from '../../shared/nuclei/select.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import type { FinalizedJob } from '../chunks/finalize-job.ts';
import type { JobPlan } from '../chunks/job-plan.ts';
import type { Survey } from '../chunks/survey.ts';
import { drawOutline } from '../overlay/outline.ts';
import { drawOverlay, encodePng } from '../overlay/overlay.ts';
import { drawOverview } from '../overlay/overview.ts';
import { readThumbnail } from '../overlay/thumbnail.ts';
import type { Slide } from '../slides/slide.ts';
import { overlayName, regionName } from './result-names.ts';
import { countedClasses, overlayTitle } from './run-detection.ts';
import { type CountedDataset, heatOn, overviewThumbnail } from './slide-pictures.ts';
import type { ResultFiles } from './write-together.ts';

/** Larger regions are shown smaller: 64 megapixels are 192 MB, and what viewers of pictures open. */
const MAX_REGION_PIXELS = 64e6;
/** Outlines are drawn by a library with this limit. */
const MAX_REGION_SIDE = 30_000;

export interface SlideOverlayParts {
  readonly slide: Slide;
  readonly plan: JobPlan;
  readonly survey: Survey;
  /** Where the nuclei lie, by dataset of the plan. */
  readonly counted: readonly CountedDataset[];
  readonly results: FinalizedJob['results'];
  readonly stem: string;
  readonly radiusUm: number | undefined;
  readonly say: (line: string) => void;
}

/** Draws and writes them. */
export async function writeSlideOverlays(
  files: ResultFiles,
  parts: SlideOverlayParts,
  signal: AbortSignal,
): Promise<void> {
  const { slide, plan, results, counted, stem } = parts;
  const thumbnail = await overviewThumbnail(slide, signal);
  for (const [i, { dataset, summary }] of results.entries()) {
    const title = overlayTitle(plan.model, dataset.name);
    const classes = countedClasses(dataset, summary.classes);
    const heat = await heatOn(thumbnail, counted[i]!, plan.image);
    const overview = await drawOverview(thumbnail, heat, { title, classes });
    await files.put(overlayName(stem, dataset.id), await encodePng(overview), signal);
  }
  for (const [number, region] of (plan.options.regions ?? []).entries()) {
    const box = boxOf(region, plan.image);
    if (box.width === 0 || box.height === 0) continue;
    const plain = await readRegion(slide, box, parts, number + 1, signal);
    const picture = {
      ...plain,
      raster: await drawOutline(plain.raster, outlineOf(region, box, plain.scale)),
    };
    for (const [i, { dataset }] of results.entries()) {
      const png = await regionPng(picture, box, parts, i, signal);
      await files.put(regionName(stem, dataset.id, number + 1), png, signal);
    }
  }
}

/** The smallest rectangle of whole pixels around a region, as far as it lies in the image. */
function boxOf({ type, coordinates }: RegionGeometry, image: Size): Region {
  const places = (type === 'Polygon' ? coordinates : coordinates.flat()).flat();
  const [xs, ys] = [0, 1].map((axis) => places.map((place) => place[axis]!)) as [
    number[],
    number[],
  ];
  const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));
  const [left, top] = [min(xs), min(ys)].map(Math.floor) as [number, number];
  const [right, bottom] = [max(xs), max(ys)].map(Math.ceil) as [number, number];
  const x = clamp(left, image.width);
  const y = clamp(top, image.height);
  return { x, y, width: clamp(right, image.width) - x, height: clamp(bottom, image.height) - y };
}

// A ring may have more places than a call takes arguments.
const min = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b), Infinity);
const max = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity);

interface RegionPicture {
  readonly raster: Raster;
  /** Pixels of the picture per pixel of level 0. */
  readonly scale: number;
}

/** The rings of a region in pixels of its picture. */
function outlineOf({ type, coordinates }: RegionGeometry, box: Region, scale: number) {
  const rings = type === 'Polygon' ? coordinates : coordinates.flat();
  return rings.map((ring) =>
    ring.map(([x, y]) => [(x - box.x) * scale, (y - box.y) * scale] as const),
  );
}

async function readRegion(
  slide: Slide,
  box: Region,
  { say }: SlideOverlayParts,
  number: number,
  signal: AbortSignal,
): Promise<RegionPicture> {
  const pixels = box.width * box.height;
  const longest = MAX_REGION_SIDE / Math.max(box.width, box.height);
  const scale = Math.min(1, Math.sqrt(MAX_REGION_PIXELS / pixels), longest);
  if (scale < 1) {
    say(
      `unicell: region ${number} has ${Math.round(pixels / 1e6)} megapixels; its overlay is drawn at ${scale.toPrecision(2)} of the full resolution. Draw smaller regions to see more.`,
    );
  }
  const level = {
    width: Math.max(1, Math.round(slide.width * scale)),
    height: Math.max(1, Math.round(slide.height * scale)),
  };
  const size = {
    width: Math.max(1, Math.round(box.width * scale)),
    height: Math.max(1, Math.round(box.height * scale)),
  };
  const [left, top] = [Math.round(box.x * scale), Math.round(box.y * scale)];
  const source = {
    ...size,
    mpp: undefined,
    read: (part: Region) =>
      slide.read({ ...part, x: part.x + left, y: part.y + top }, level, signal),
  };
  return { raster: await readThumbnail(source, size, signal), scale };
}

async function regionPng(
  { raster, scale }: RegionPicture,
  box: Region,
  { plan, survey, radiusUm }: SlideOverlayParts,
  place: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { dataset } = plan.routes[place]!;
  const nuclei = await nucleiIn(box, scale, survey.blocks(place, signal));
  const counts = noCounts();
  addCounts(counts, nuclei);
  const isWanted = classFilter(dataset, plan.options.classes);
  const overlay = await drawOverlay(raster, nuclei, {
    title: overlayTitle(plan.model, dataset.name),
    mpp: plan.mpp.value / scale,
    radiusUm,
    classes: dataset.classes.map(({ name, colour }, i) => ({
      name,
      colour,
      count: isWanted(i) ? counts[i]! : null,
    })),
    note: `Pixels ${box.x}, ${box.y} to ${box.x + box.width}, ${box.y + box.height} of the slide.`,
  });
  return encodePng(overlay);
}

/** The nuclei of a box, in pixels of its picture. */
async function nucleiIn(
  { x: left, y: top, width, height }: Region,
  scale: number,
  blocks: AsyncIterable<Nuclei>,
): Promise<Nuclei> {
  const parts: Nuclei[] = [new NucleiBuilder(0).build()];
  for await (const block of blocks) {
    const { x, y, length } = block;
    const rows = rowsWhere(
      length,
      (row) =>
        x[row]! >= left && x[row]! < left + width && y[row]! >= top && y[row]! < top + height,
    );
    const inside = takeNuclei(block, rows);
    parts.push({
      ...inside,
      x: inside.x.map((value) => (value - left) * scale),
      y: inside.y.map((value) => (value - top) * scale),
    });
  }
  return concatNuclei(parts);
}
