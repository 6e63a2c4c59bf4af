/**
 * The nuclei of a job over a slide in OpenSeadragon: points, or where there are too many to be told apart, a
 * heat map.
 *
 * @module
 */
import type OpenSeadragon from 'openseadragon';
import type { PointsLayout } from '../../../api/viewer/viewer-schemas.ts';
import { ringRadii } from '../../../nuclei/ring-radii.ts';
import type { CountTile } from '../../../viewer/count-tile.ts';
import {
  type PointGrid,
  TILE_CELLS,
  type TilePlace,
  tileBox,
  tileSidePx,
} from '../../../viewer/point-grid.ts';
import type { PointTile } from '../../../viewer/point-tile.ts';
import { addCells, addPoints, type Shown, shownPerCell } from '../../../viewer/view-counts.ts';
import { levelInView, tilesInView, type ViewBox } from '../../../viewer/view-tiles.ts';
import { heatField, highValue } from './heat-layer.ts';
import { NucleiCanvas } from './nuclei-canvas.ts';
import { type Fetched, gridOf, type NucleiSource } from './nuclei-source.ts';
import type { PointBuffer, PointDraw } from './point-layer.ts';
import { TileCache } from './tile-cache.ts';
import { boxOf, scaleOf, type View, viewOf } from './view.ts';

/** Below this part of its nuclei, a crowded tile is better shown as a heat map. */
const LEAST_FRACTION = 0.5;
/** As is one whose nuclei lie nearer to each other than that, on the mean, in CSS pixels. */
const LEAST_SPACING_PX = 5;
/** Fewer are no crowd, however near they lie. */
const CROWD = 200;
const SPARE_TILES = 48;
/** Until numbers are made of a view that does not change any more. */
const REST_MS = 120;

/** `auto`: points where most can be shown, else the heat map. */
export type DisplayMode = 'auto' | 'points' | 'heat' | 'none';

/** What the screen shows. */
export interface ViewSummary {
  /** Nuclei by class, those of hidden classes included. */
  readonly classes: readonly number[];
  /** Whether they were counted one by one. */
  readonly isExact: boolean;
  /** Whether parts of the view have no result (yet). */
  readonly isPartial: boolean;
  /** Whether tiles are still on their way. */
  readonly isLoading: boolean;
  /** Nuclei per square millimetre at the light end of the heat map; undefined where none is shown. */
  readonly heatTo: number | undefined;
}

export interface OverlayEvents {
  onView(summary: ViewSummary): void;
  onError(error: unknown): void;
}

interface PointsHere extends Fetched, PointTile {
  readonly buffer: PointBuffer;
}

export class NucleiOverlay {
  readonly layout: PointsLayout;
  readonly #viewer: OpenSeadragon.Viewer;
  readonly #source: NucleiSource;
  readonly #events: OverlayEvents;
  readonly #grid: PointGrid;
  readonly #canvas: NucleiCanvas;
  readonly #points: TileCache<PointsHere>;
  readonly #counts: TileCache<CountTile & Fetched>;
  #dataset: PointsLayout['datasets'][number];
  #shown: Shown;
  #mode: DisplayMode = 'auto';
  #isQueued = false;
  #rest: ReturnType<typeof setTimeout> | undefined;
  /** What the heat map was made of; it is made anew when that changes. */
  #heatOf: readonly unknown[] = [];
  #heatMost = 0;
  #isHeat = false;
  readonly #draw = () => this.#drawNow();
  readonly #redraw = () => this.#queue();

  constructor(
    viewer: OpenSeadragon.Viewer,
    layout: PointsLayout,
    parts: {
      readonly source: NucleiSource;
      readonly dataset: string;
      readonly events: OverlayEvents;
    },
  ) {
    this.layout = layout;
    this.#viewer = viewer;
    this.#source = parts.source;
    this.#events = parts.events;
    this.#grid = gridOf(layout);
    this.#dataset = datasetOf(layout, parts.dataset);
    this.#shown = allOf(this.#dataset);
    this.#canvas = new NucleiCanvas(() => this.#reload());
    const { onError } = parts.events;
    const shared = { spare: SPARE_TILES, onChange: this.#redraw, onError };
    this.#points = new TileCache<PointsHere>({
      ...shared,
      load: async (place, signal) => {
        const tile = await this.#source.points(this.#dataset.id, place, signal);
        const [x0, y0] = tileBox(this.#grid, place);
        const radii = ringRadii(tile.nuclei, this.#dataset.classes, layout.image);
        const { points } = this.#canvas.layers;
        return { ...tile, buffer: points.upload(tile.nuclei, radii, x0, y0) };
      },
      free: ({ buffer }) => this.#canvas.layers.points.free(buffer),
    });
    this.#counts = new TileCache<CountTile & Fetched>({
      ...shared,
      load: (place, signal) => this.#source.counts(this.#dataset.id, place, signal),
      free: () => {},
    });
    viewer.canvas.append(this.#canvas.element);
    viewer.addHandler('update-viewport', this.#draw);
    viewer.addHandler('resize', this.#redraw);
    viewer.addHandler('open', this.#redraw);
    this.#queue();
  }

  get dataset(): PointsLayout['datasets'][number] {
    return this.#dataset;
  }

  get shown(): Shown {
    return this.#shown;
  }

  /** Shows the reading of another dataset, with all its classes. */
  setDataset(id: string): void {
    this.#dataset = datasetOf(this.layout, id);
    this.#shown = { ...allOf(this.#dataset), minScore: this.#shown.minScore };
    this.#reload();
  }

  /** @param classes By class of the dataset. */
  setClasses(classes: readonly boolean[]): void {
    this.#shown = { ...this.#shown, classes: [...classes] };
    this.#queue();
  }

  /** The heat map knows scores in steps of 0.05. */
  setMinScore(minScore: number): void {
    this.#shown = { ...this.#shown, minScore };
    this.#queue();
  }

  setMode(mode: DisplayMode): void {
    this.#mode = mode;
    this.#queue();
  }

  /** Fetches again what has changed: tiles that touch a box of the slide, or all. */
  refresh(box?: ViewBox): void {
    const isStale = (place: TilePlace) => {
      const [x0, y0, x1, y1] = tileBox(this.#grid, place);
      return !box || (x0 < box[2] && x1 > box[0] && y0 < box[3] && y1 > box[1]);
    };
    this.#points.markStale(isStale);
    this.#counts.markStale(isStale);
  }

  /** Takes everything off the viewer. */
  close(): void {
    this.#viewer.removeHandler('update-viewport', this.#draw);
    this.#viewer.removeHandler('resize', this.#redraw);
    this.#viewer.removeHandler('open', this.#redraw);
    clearTimeout(this.#rest);
    this.#points.clear();
    this.#counts.clear();
    this.#canvas.close();
  }

  #reload(): void {
    this.#points.clear();
    this.#counts.clear();
    this.#heatOf = [];
    this.#queue();
  }

  #queue(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    requestAnimationFrame(this.#draw);
  }

  #drawNow(): void {
    this.#isQueued = false;
    const view = viewOf(this.#viewer);
    if (view === undefined || view.width === 0 || view.height === 0) return;
    const ratio = this.#canvas.begin(view);
    const box = boxOf(view);
    const z = levelInView(this.#grid, scaleOf(view));
    const places = tilesInView(this.#grid, z, box);
    this.#points.want(places);
    const fraction = this.#fraction(places);
    const isCrowded = fraction < LEAST_FRACTION || this.#spacing(places, view) < LEAST_SPACING_PX;
    const wantsHeat = this.#mode === 'heat' || (this.#mode === 'auto' && isCrowded);
    this.#counts.want(fraction < 1 || wantsHeat ? places : []);
    this.#isHeat = wantsHeat && this.#makeHeat(z, places);
    if (this.#isHeat) this.#canvas.layers.heat.draw(view);
    // Until the heat map is there, a sample is better than nothing.
    if (!this.#isHeat && (this.#mode === 'auto' || this.#mode === 'points')) {
      this.#drawPoints(view, places, fraction, ratio);
    }
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#summarise(places, box), REST_MS);
  }

  /** The part of its nuclei that each tile can show. */
  #fraction(places: readonly TilePlace[]): number {
    let least = 1;
    for (const place of places) {
      const tile = this.#points.find(place);
      if (tile && tile.total > 0) least = Math.min(least, tile.nuclei.length / tile.total);
    }
    return least;
  }

  /** Of the most crowded tile: the side of the square that each of its nuclei has to itself, in CSS pixels. */
  #spacing(places: readonly TilePlace[], view: View): number {
    const { width, height } = this.layout.image;
    let least = Number.POSITIVE_INFINITY;
    for (const place of places) {
      const total = this.#points.find(place)?.total ?? 0;
      if (total < CROWD) continue;
      const [x0, y0, x1, y1] = tileBox(this.#grid, place);
      const area = (Math.min(x1, width) - x0) * (Math.min(y1, height) - y0);
      least = Math.min(least, Math.sqrt(area / total) / scaleOf(view));
    }
    return least;
  }

  #drawPoints(view: View, places: readonly TilePlace[], fraction: number, ratio: number): void {
    const draws = places.flatMap((place): PointDraw[] => {
      const clip = tileBox(this.#grid, place);
      const tile = this.#points.find(place) ?? this.#ancestor(place);
      if (tile === undefined) return [];
      // The same part of every tile, so that a crowded one does not look empty.
      const count = Math.min(tile.nuclei.length, Math.ceil(tile.total * fraction));
      return [{ points: tile.buffer, count, clip }];
    });
    const { classes, minScore } = this.#shown;
    this.#canvas.layers.points.draw(draws, view, {
      ...{ classes, minScore, ratio },
      colours: this.#dataset.classes.map(({ colour }) => colour),
    });
  }

  /** The next tile above that is here: its nuclei are some of those that are still to come. */
  #ancestor({ z, x, y }: TilePlace): PointsHere | undefined {
    for (let up = 1; up <= z; up++) {
      const tile = this.#points.find({ z: z - up, x: x >> up, y: y >> up });
      if (tile) return tile;
    }
    return undefined;
  }

  /** @returns Whether there is anything to draw. */
  #makeHeat(z: number, places: readonly TilePlace[]): boolean {
    const tiles = places.map((place) => this.#counts.find(place));
    if (tiles.some((tile) => tile === undefined)) return this.#isHeat && this.#heatOf.length > 0;
    const madeOf = [this.#shown, ...tiles];
    const isSame =
      madeOf.length === this.#heatOf.length && madeOf.every((one, i) => one === this.#heatOf[i]);
    if (isSame) return true;
    const cellPx = tileSidePx(this.#grid, z) / TILE_CELLS;
    const field = heatField(
      places.map(({ x, y }, i) => {
        return { column: x, row: y, cells: shownPerCell(tiles[i]!, this.#shown) };
      }),
      cellPx,
    );
    const most = highValue(field);
    this.#canvas.layers.heat.show(field, most);
    this.#heatMost = most / (cellPx * this.layout.image.mpp * 1e-3) ** 2;
    this.#heatOf = madeOf;
    return true;
  }

  #summarise(places: readonly TilePlace[], box: ViewBox): void {
    const classes = this.#dataset.classes.map(() => 0);
    const { minScore } = this.#shown;
    let [isExact, isPartial] = [true, false];
    for (const place of places) {
      const points = this.#points.find(place);
      const counts = this.#counts.find(place);
      isPartial ||= points?.isPartial ?? false;
      if (points && points.nuclei.length === points.total) {
        addPoints(classes, points, box, minScore);
      } else if (counts) {
        isExact = false;
        addCells(classes, this.#grid, place, counts, box, minScore);
      }
    }
    this.#events.onView({
      classes: classes.map((count) => Math.round(count)),
      ...{ isExact, isPartial },
      isLoading: !(this.#points.isComplete && this.#counts.isComplete),
      heatTo: this.#isHeat ? this.#heatMost : undefined,
    });
  }
}

function datasetOf({ datasets }: PointsLayout, id: string): PointsLayout['datasets'][number] {
  const found = datasets.find((one) => one.id === id);
  if (found) return found;
  throw new Error(
    `The job has no dataset ${JSON.stringify(id)}; it has ${datasets.map((one) => one.id).join(', ')}.`,
  );
}

function allOf({ classes }: PointsLayout['datasets'][number]): Shown {
  return { classes: classes.map(() => true), minScore: 0 };
}
