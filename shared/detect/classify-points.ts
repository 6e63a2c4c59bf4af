/**
 * Classes for nuclei that another program has found: what the model sees at their places.
 *
 * @module
 */
import type { Route } from '../datasets/routing.ts';
import type { Engine, WindowOutputs } from '../engine/engine.ts';
import type { Resolution } from '../image/resolution.ts';
import type { ImageSource, Size } from '../image/source.ts';
import { checkOutputs } from '../nuclei/decode.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import { type PlannedWindow, selectWindows, type WindowPlan } from '../tiling/plan-windows.ts';
import type { Warning } from './detection.ts';
import type { DetectOptions } from './options.ts';
import { prepare } from './prepare.ts';
import { runWindows } from './run-windows.ts';
import { resolutionWarnings } from './warnings.ts';

/** Centres in pixels of the image. */
export interface PointList {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface ClassifyOptions
  extends Pick<DetectOptions, 'dataset' | 'organ' | 'mpp' | 'batch' | 'signal' | 'onProgress'> {
  /** How far from a point the model may see its nucleus, in micrometres; the dataset's match radius when left out. */
  readonly radiusUm?: number | undefined;
}

/** The classes of all points, in their order, under one dataset. */
export interface PointClasses extends Route {
  readonly radiusUm: number;
  /** Index into the dataset's classes; `UNKNOWN_CLASS` where the model sees nothing near. */
  readonly class: Uint8Array;
  /** Of what the model sees there, in (0, 1); 0 where it sees nothing. */
  readonly score: Float32Array;
}

export interface Classification {
  readonly mpp: Resolution;
  readonly windows: number;
  /** Points outside of the image, which have no class. */
  readonly outside: number;
  readonly results: readonly PointClasses[];
  readonly warnings: readonly Warning[];
}

/** What the model is less sure of than this is no nucleus to it, and its class there means nothing. */
const LEAST_SCORE = 0.05;

/**
 * Gives points the classes of what the model sees near them. The model says classes at places that it looks for itself (its
 * queries), so a point takes that of the nearest one that is a nucleus to the model (its score is at least the
 * dataset's threshold) within the radius; without one, that of the nearest place whose score is at least
 * {@link LEAST_SCORE}. Only windows that own a point are run.
 *
 * @throws {UniCellError} As `detect`.
 */
export async function classifyPoints(
  source: ImageSource,
  points: PointList,
  options: ClassifyOptions,
  engine: Engine,
): Promise<Classification> {
  const { card } = engine;
  const { image, mpp, headerMpp, routes, windows: plan } = prepare(source, options, card);
  const owners = ownersOf(plan, points, image);
  const wanted = selectWindows(plan, plan, ({ index }) => owners.has(index));
  const runs = routes.map((route) => {
    const { dataset } = route;
    const radiusUm = options.radiusUm ?? dataset.matchRadiusUm;
    return new PointRun(route, points, owners, plan.level, image, radiusUm, radiusUm / card.mpp);
  });
  const { batch, signal, onProgress } = options;
  onProgress?.(0, wanted.count);
  await runWindows(source, wanted, runs, engine, {
    batch,
    signal,
    onWindows: (done) => onProgress?.(done, wanted.count),
  });
  const inside = [...owners.values()].reduce((sum, rows) => sum + rows.length, 0);
  return {
    mpp,
    windows: wanted.count,
    outside: points.x.length - inside,
    results: runs.map((run) => run.result),
    warnings: resolutionWarnings(mpp, headerMpp, card.mpp),
  };
}

/** Rows of the points that each window owns. */
function ownersOf(plan: WindowPlan, { x, y }: PointList, image: Size): Map<number, number[]> {
  const starts = {
    x: Array.from({ length: plan.columns }, (_, i) => plan.at(i).core.x),
    y: Array.from({ length: plan.rows }, (_, i) => plan.at(i * plan.columns).core.y),
  };
  const scale = { x: plan.level.width / image.width, y: plan.level.height / image.height };
  const owners = new Map<number, number[]>();
  for (let row = 0; row < x.length; row++) {
    const [px, py] = [x[row]!, y[row]!];
    if (!(px >= 0 && py >= 0 && px <= image.width && py <= image.height)) continue;
    const column = lastAtMost(starts.x, px * scale.x);
    const index = lastAtMost(starts.y, py * scale.y) * plan.columns + column;
    const rows = owners.get(index);
    if (rows) rows.push(row);
    else owners.set(index, [row]);
  }
  return owners;
}

/** Place of the last start that is not beyond a value; starts grow and begin at 0. */
function lastAtMost(starts: readonly number[], value: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (starts[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** One dataset's part: from the outputs of windows to the classes of the points that they own. */
class PointRun {
  readonly route: Route;
  readonly result: PointClasses;
  readonly #points: PointList;
  readonly #owners: ReadonlyMap<number, readonly number[]>;
  readonly #scale: { readonly x: number; readonly y: number };
  readonly #radiusPx: number;

  constructor(
    route: Route,
    points: PointList,
    owners: ReadonlyMap<number, readonly number[]>,
    level: Size,
    image: Size,
    radiusUm: number,
    radiusPx: number,
  ) {
    this.route = route;
    this.#points = points;
    this.#owners = owners;
    this.#scale = { x: level.width / image.width, y: level.height / image.height };
    this.#radiusPx = radiusPx;
    const { length } = points.x;
    const classes = new Uint8Array(length).fill(UNKNOWN_CLASS);
    this.result = { ...route, radiusUm, class: classes, score: new Float32Array(length) };
  }

  /** @throws {UniCellError} `MODEL_OUTPUT_INVALID`. */
  add(outputs: WindowOutputs | undefined, windows: readonly PlannedWindow[]): void {
    const { dataset } = this.route;
    checkOutputs(outputs, dataset, windows.length);
    for (const [slot, window] of windows.entries()) {
      const places = placesOf(outputs, slot, window);
      for (const row of this.#owners.get(window.index) ?? []) {
        const x = this.#points.x[row]! * this.#scale.x;
        const y = this.#points.y[row]! * this.#scale.y;
        const seen =
          nearest(places, x, y, this.#radiusPx, dataset.threshold) ??
          nearest(places, x, y, this.#radiusPx, LEAST_SCORE);
        if (seen === undefined) continue;
        this.result.class[row] = seen.class;
        this.result.score[row] = seen.score;
      }
    }
  }
}

interface Place {
  /** In pixels of the level. */
  readonly x: number;
  readonly y: number;
  readonly class: number;
  readonly score: number;
}

/** The queries of a window that the model makes something of. */
function placesOf(outputs: WindowOutputs, slot: number, window: PlannedWindow): Place[] {
  const { queries, classes, logits, points } = outputs;
  const places: Place[] = [];
  for (let query = slot * queries; query < (slot + 1) * queries; query++) {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if (logits[query * classes + k]! > logits[query * classes + best]!) best = k;
    }
    const score = 1 / (1 + Math.exp(-logits[query * classes + best]!));
    if (!(score >= LEAST_SCORE)) continue;
    const x = window.x + points[2 * query]! * window.width;
    const y = window.y + points[2 * query + 1]! * window.height;
    places.push({ x, y, class: best, score });
  }
  return places;
}

function nearest(
  places: readonly Place[],
  x: number,
  y: number,
  radiusPx: number,
  leastScore: number,
): Place | undefined {
  let [found, least]: [Place | undefined, number] = [undefined, radiusPx];
  for (const place of places) {
    if (place.score < leastScore) continue;
    const distance = Math.hypot(place.x - x, place.y - y);
    if (distance <= least && (distance < least || found === undefined)) {
      [found, least] = [place, distance];
    }
  }
  return found;
}
