/**
 * Drawing a region on the slide: a rectangle by dragging, a polygon by clicking, or what is in view.
 *
 * @module
 */
import OpenSeadragon from 'openseadragon';
import { type Place, screenPlace, slidePlace, viewOf } from '../overlay/view.ts';
import type { SlidePane } from './slide-pane.ts';

export type RegionTool = 'rectangle' | 'polygon';

const SVG = 'http://www.w3.org/2000/svg';
/** A click this near to the first corner closes the polygon. */
const CLOSE_PX = 10;

export class RegionDrawing {
  readonly #panes: () => readonly SlidePane[];
  readonly #onDone: (corners: readonly Place[]) => void;
  #tool: RegionTool | undefined;
  #corners: Place[] = [];
  #pointer: Place | undefined;
  #isClosed = false;

  /**
   * @param panes All views that show the region.
   * @param onDone Hears its corners, in pixels of the slide; none when it was taken away.
   */
  constructor(panes: () => readonly SlidePane[], onDone: (corners: readonly Place[]) => void) {
    this.#panes = panes;
    this.#onDone = onDone;
    addEventListener('keydown', (event) => this.#key(event));
  }

  get tool(): RegionTool | undefined {
    return this.#tool;
  }

  /** Lets the region be drawn in a view too. */
  attach({ viewer, element }: SlidePane): void {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('class', 'region');
    svg.setAttribute('aria-hidden', 'true');
    svg.append(document.createElementNS(SVG, 'polygon'));
    element.querySelector('.stage')!.append(svg);
    viewer.addHandler('update-viewport', () => this.#draw());
    new OpenSeadragon.MouseTracker({
      element: svg as unknown as Element,
      pressHandler: (event) => this.#press(viewer, event as { position: Place }),
      moveHandler: (event) => this.#move(viewer, event as { position: Place }),
      dragHandler: (event) => this.#move(viewer, event as { position: Place }),
      releaseHandler: () => this.#release(),
      dblClickHandler: () => this.#finish(),
    });
  }

  /** Begins a new region; undefined stops. */
  begin(tool: RegionTool | undefined): void {
    this.#tool = tool;
    if (tool !== undefined) this.#set([], false);
    for (const { element } of this.#panes())
      element.classList.toggle('drawing', tool !== undefined);
  }

  /** Takes what a view shows as the region. */
  takeView({ viewer }: SlidePane): void {
    const view = viewOf(viewer);
    if (view === undefined) return;
    const { width, height } = view;
    const corners = [
      { x: 0, y: 0 },
      { x: width, y: 0 },
      { x: width, y: height },
      { x: 0, y: height },
    ].map((corner) => slidePlace(view, corner));
    this.begin(undefined);
    this.#set(corners, true);
    this.#onDone(corners);
  }

  clear(): void {
    this.begin(undefined);
    this.#set([], false);
    this.#onDone([]);
  }

  #press(viewer: OpenSeadragon.Viewer, { position }: { position: Place }): void {
    const view = viewOf(viewer);
    if (view === undefined || this.#tool === undefined) return;
    const place = slidePlace(view, position);
    if (this.#tool === 'rectangle') {
      this.#set([place, place, place, place], false);
      return;
    }
    const [first] = this.#corners;
    const start = first && screenPlace(view, first);
    const isBack = start && Math.hypot(start.x - position.x, start.y - position.y) < CLOSE_PX;
    if (isBack && this.#corners.length >= 3) this.#finish();
    else this.#set([...this.#corners, place], false);
  }

  #move(viewer: OpenSeadragon.Viewer, { position }: { position: Place }): void {
    const view = viewOf(viewer);
    if (view === undefined || this.#tool === undefined || this.#corners.length === 0) return;
    const place = slidePlace(view, position);
    if (this.#tool === 'polygon') {
      this.#pointer = place;
      this.#draw();
      return;
    }
    const [from] = this.#corners;
    const corners = [from!, { x: place.x, y: from!.y }, place, { x: from!.x, y: place.y }];
    this.#set(corners, false);
  }

  #release(): void {
    if (this.#tool === 'rectangle') this.#finish();
  }

  #finish(): void {
    const corners = this.#corners.filter((corner, i) => {
      const before = this.#corners[i - 1];
      return before === undefined || before.x !== corner.x || before.y !== corner.y;
    });
    if (corners.length < 3) return;
    this.begin(undefined);
    this.#set(corners, true);
    this.#onDone(corners);
  }

  #key(event: KeyboardEvent): void {
    if (this.#tool === undefined) return;
    if (event.key === 'Escape') this.clear();
    if (event.key === 'Enter' && this.#tool === 'polygon' && this.#corners.length > 0) {
      // The button that began the polygon may still have the focus, and would begin another.
      event.preventDefault();
      this.#finish();
    }
  }

  #set(corners: Place[], isClosed: boolean): void {
    this.#corners = corners;
    this.#isClosed = isClosed;
    this.#pointer = undefined;
    this.#draw();
  }

  #draw(): void {
    const isOpen = !this.#isClosed && this.#pointer !== undefined;
    const corners = isOpen ? [...this.#corners, this.#pointer!] : this.#corners;
    for (const { viewer, element } of this.#panes()) {
      const view = viewOf(viewer);
      const polygon = element.querySelector('.region polygon');
      if (view === undefined || polygon === null) continue;
      const points = corners.map((corner) => screenPlace(view, corner));
      polygon.setAttribute('points', points.map(({ x, y }) => `${x},${y}`).join(' '));
    }
  }
}
