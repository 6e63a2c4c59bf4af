/**
 * Whether a picture has the resolution that it is said to have: at a wrong one the model finds hardly anything.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import type { Route } from '../datasets/routing.ts';
import type { Engine } from '../engine/engine.ts';
import { windowWriter } from '../image/normalise.ts';
import { MAX_MPP, MIN_MPP, sizeAtMpp } from '../image/resolution.ts';
import type { ImageSource, Region, Size } from '../image/source.ts';
import { checkOutputs, decodeWindow } from '../nuclei/decode.ts';
import { withoutFill } from '../tissue/fill.ts';
import { type TissueMask, tissueMask } from '../tissue/tissue-mask.ts';
import type { Warning } from './detection.ts';

/** Nuclei per mm2 of tissue: labelled pictures have more, but for the emptiest few in a hundred. */
const HARDLY_ANY_PER_MM2 = 150;
/** As dense as most of them are. */
const PLAUSIBLE_PER_MM2 = 600;
/** In less tissue a few nuclei more or less are chance. */
const LEAST_TISSUE_MM2 = 0.05;
/** What other resolutions are tried, as multiples of the one that was used: mistaken objectives. */
const FACTORS = [0.25, 0.5, 2, 4, 8];
/** A better one finds this many times as many. */
const CLEARLY_MORE = 4;
/** Places that are looked at, at most. */
const PLACES = 4;

/** Whether all nuclei are counted: counts of some say nothing of a resolution. */
export function countsAll(options: {
  readonly regions?: unknown;
  readonly classes?: unknown;
  readonly threshold?: unknown;
}): boolean {
  const { regions, classes, threshold } = options;
  return regions === undefined && classes === undefined && threshold === undefined;
}

/** What a run has found, over everything that it looked at. */
export interface Found {
  readonly mpp: number;
  /** Of tissue. */
  readonly areaMm2: number;
  /** Of the dataset that gave most. */
  readonly count: number;
  readonly dataset: Route['dataset'];
  /** That were run. What a doubt costs is never more than that again. */
  readonly windows: number;
}

/**
 * Says when tissue has hardly any nuclei, and at which resolution the same places would have as many as the pictures
 * that the model was trained on. Looks at the pixels only then.
 *
 * @throws {UniCellError} `CANCELED`, and what source and engine throw.
 */
export async function resolutionDoubt(
  source: ImageSource,
  found: Found,
  engine: Engine,
  signal?: AbortSignal,
): Promise<Warning[]> {
  const { mpp, areaMm2, count, dataset, windows } = found;
  const density = count / areaMm2;
  const isOfTiles = engine.card.protocol === 'official';
  if (areaMm2 < LEAST_TISSUE_MM2 || density >= HARDLY_ANY_PER_MM2 || isOfTiles) return [];
  const tissue = await tissueMask(source, { mpp, signal });
  if (tissue.fraction === 0) return [];
  const places = placesOf(tissue, Math.min(PLACES, Math.floor(windows / (FACTORS.length + 1))));
  if (places.length === 0) {
    return [doubt(found, 'Its resolution may be wrong: see whether nuclei are 5 to 15 um wide.')];
  }
  const densityAt = async (at: number) => {
    throwIfCanceled(signal);
    return densityOf(source, { at, places, dataset }, engine, signal);
  };
  const now = await densityAt(mpp);
  let best = { mpp, density: now };
  for (const at of FACTORS.map((factor) => factor * mpp)) {
    if (at < MIN_MPP || at > MAX_MPP) continue;
    const tried = await densityAt(at);
    if (tried > best.density) best = { mpp: at, density: tried };
  }
  const isBetter =
    best.density >= PLAUSIBLE_PER_MM2 && best.density >= CLEARLY_MORE * Math.max(now, density);
  const advice = isBetter
    ? `At ${shown(best.mpp)} um per pixel the same places would have about ${Math.round(best.density / 100) * 100}, as such pictures have: ${shown(mpp)} may be wrong. Pass the right mpp.`
    : `No other resolution makes them look like such pictures; it may be tissue without nuclei, another stain, or blurred.`;
  return [doubt(found, advice)];
}

function doubt({ count, areaMm2 }: Found, advice: string): Warning {
  return {
    code: 'HARDLY_ANY_NUCLEI',
    detail: `${count} nuclei were found in ${areaMm2.toPrecision(2)} mm2 of tissue, ${Math.round(count / areaMm2)} per mm2; pictures like those that the model was trained on have more than ${HARDLY_ANY_PER_MM2}. ${advice}`,
  };
}

type Place = readonly [x: number, y: number];

/** Places in tissue, evenly spread over it, as shares of the image. */
function placesOf({ data, width, height }: TissueMask, most: number): Place[] {
  const set = data.reduce((sum, value) => sum + value, 0);
  const places: Place[] = [];
  let seen = 0;
  for (let i = 0; i < data.length && places.length < most; i++) {
    if (data[i] !== 1) continue;
    if (seen >= ((places.length + 0.5) * set) / most) {
      places.push([((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height]);
    }
    seen += 1;
  }
  return places;
}

/** Nuclei per mm2 in windows around some places, as if the image had another resolution. */
async function densityOf(
  source: ImageSource,
  { at, places, dataset }: Pick<Found, 'dataset'> & { at: number; places: readonly Place[] },
  engine: Engine,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { card } = engine;
  const level = sizeAtMpp(source, at, card.mpp);
  const write = windowWriter(card.normalisation, card.window);
  const options = {
    threshold: dataset.threshold,
    suppressionRadiusPx: dataset.suppressionRadiusUm / card.mpp,
    beyondPx: 0,
  };
  let [count, pixels] = [0, 0];
  for (const place of places) {
    const region = around(place, level, card.window);
    const tensor = new Float32Array(3 * region.width * region.height);
    write(withoutFill(await source.read(region, level, signal), card.mpp), tensor, 0);
    const [outputs] = await engine.run(tensor, 1, [dataset.id]);
    checkOutputs(outputs, dataset, 1);
    const core = inside(region, level);
    count += decodeWindow(outputs, 0, { ...region, index: 0, core }, level, options).nuclei.length;
    pixels += core.width * core.height;
  }
  return count / (pixels * (card.mpp / 1000) ** 2);
}

/** A window with a place in its middle, moved into the level as far as it fits. */
function around([x, y]: Place, level: Size, { width, height }: Size): Region {
  const start = (share: number, size: number, length: number) =>
    Math.max(0, Math.min(Math.round(share * size - length / 2), size - length));
  return { x: start(x, level.width, width), y: start(y, level.height, height), width, height };
}

function inside({ x, y, width, height }: Region, level: Size): Region {
  return {
    x,
    y,
    width: Math.min(width, level.width - x),
    height: Math.min(height, level.height - y),
  };
}

function shown(mpp: number): string {
  return String(Number(mpp.toPrecision(3)));
}
