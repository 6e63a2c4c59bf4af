/**
 * A job on the screen: its slide, its readings, and what the user does with them.
 *
 * @module
 */
import type { Job } from '../../../api/jobs/job-schemas.ts';
import type { PointsLayout } from '../../../api/viewer/viewer-schemas.ts';
import { byId } from '../../pages/elements.ts';
import type { Service } from '../../pages/service.ts';
import type { DisplayMode } from '../overlay/nuclei-overlay.ts';
import { boxOf, type Place, viewOf } from '../overlay/view.ts';
import { Reading } from './reading.ts';
import { showRegionCounts } from './region-counts.ts';
import { RegionDrawing, type RegionTool } from './region-tool.ts';
import { SlidePane, type SlideSize } from './slide-pane.ts';
import { syncViews } from './sync-views.ts';

const TOOLS: readonly RegionTool[] = ['rectangle', 'polygon'];
const HELP: Readonly<Record<RegionTool, string>> = {
  rectangle: 'Drag over the slide. Escape stops.',
  polygon: 'Click the corners; Enter or a double click closes it, Escape stops.',
};

export class JobView {
  readonly #service: Service;
  readonly #id: string;
  readonly #size: SlideSize;
  readonly #onProblem: (error: unknown) => void;
  readonly #panes: SlidePane[] = [];
  readonly #readings: Reading[] = [];
  readonly #region: RegionDrawing;
  #layout: PointsLayout | undefined;
  #corners: readonly Place[] = [];
  #part: () => void = () => {};

  constructor(service: Service, job: Job, size: SlideSize, onProblem: (error: unknown) => void) {
    this.#service = service;
    this.#id = job.id;
    this.#size = size;
    this.#onProblem = onProblem;
    this.#region = new RegionDrawing(
      () => this.#panes,
      (corners) => this.#regionDone(corners),
    );
    byId('work').hidden = false;
    this.#addPane();
    this.#listen();
  }

  /** Hears where the user looks, when the view has come to rest. */
  onRest(handler: (box: readonly [number, number, number, number]) => void): void {
    this.#panes[0]!.viewer.addHandler('animation-finish', () => {
      const view = viewOf(this.#panes[0]!.viewer);
      if (view) handler(boxOf(view));
    });
  }

  /** Shows the nuclei, once the job has a plan. */
  showNuclei(layout: PointsLayout): void {
    if (this.#layout !== undefined) return;
    this.#layout = layout;
    for (const section of byId('work').querySelectorAll<HTMLElement>('.of-nuclei')) {
      section.hidden = false;
    }
    this.#addReading(this.#panes[0]!, layout.datasets[0]!.id);
    byId('compare').hidden = layout.datasets.length < 2;
  }

  /** Fetches nuclei anew, under a box of the slide or all. */
  refresh(box?: readonly [number, number, number, number]): void {
    for (const { pane } of this.#readings) pane.overlay?.refresh(box);
  }

  #addPane(): SlidePane {
    const template = byId<HTMLTemplateElement & HTMLElement>('pane');
    const element = template.content.firstElementChild!.cloneNode(true) as HTMLElement;
    byId('panes').append(element);
    const pane = new SlidePane(element, this.#service, this.#id, this.#size);
    for (const button of element.querySelectorAll<HTMLElement>('[data-zoom]')) {
      button.addEventListener('click', () => zoom(pane, button.dataset.zoom!));
    }
    this.#panes.push(pane);
    this.#region.attach(pane);
    return pane;
  }

  #addReading(pane: SlidePane, dataset: string): void {
    const reading = new Reading(pane, this.#layout!, dataset, {
      onDataset: () => this.#countRegion(),
      onError: this.#onProblem,
    });
    this.#readings.push(reading);
    byId('readings').append(reading.section);
    this.#applyShow();
  }

  #listen(): void {
    byId('score').addEventListener('input', () => this.#applyShow());
    byId('score').addEventListener('change', () => this.#countRegion());
    byId('mode').addEventListener('change', () => this.#applyShow());
    byId('compare').addEventListener('click', () => this.#toggleCompare());
    for (const tool of TOOLS) {
      byId(tool).addEventListener('click', () => {
        this.#region.begin(this.#region.tool === tool ? undefined : tool);
        this.#showTool();
      });
    }
    byId('view').addEventListener('click', () => this.#region.takeView(this.#panes[0]!));
    byId('clear').addEventListener('click', () => this.#region.clear());
  }

  #applyShow(): void {
    const minScore = Number(byId<HTMLInputElement>('score').value);
    byId('score-value').textContent = minScore === 0 ? 'all' : minScore.toFixed(2);
    for (const { pane } of this.#readings) {
      pane.overlay!.setMinScore(minScore);
      pane.overlay!.setMode(byId<HTMLSelectElement>('mode').value as DisplayMode);
    }
  }

  #toggleCompare(): void {
    const isOn = this.#panes.length > 1;
    keepInView(this.#panes[0]!);
    byId('compare').setAttribute('aria-pressed', String(!isOn));
    if (isOn) {
      this.#part();
      this.#panes.pop()!.close();
      this.#readings.pop()!.section.remove();
      byId('panes').lastElementChild!.remove();
    } else {
      const pane = this.#addPane();
      this.#part = syncViews(this.#panes[0]!, pane);
      const { datasets } = this.#layout!;
      const first = this.#readings[0]!.pane.overlay!.dataset.id;
      this.#addReading(pane, datasets.find(({ id }) => id !== first)!.id);
    }
    for (const { element } of this.#panes) {
      element.querySelector<HTMLElement>('.caption')!.hidden = isOn;
    }
    this.#countRegion();
  }

  #regionDone(corners: readonly Place[]): void {
    this.#corners = corners;
    this.#showTool();
    this.#countRegion();
  }

  #showTool(): void {
    const { tool } = this.#region;
    for (const one of TOOLS) byId(one).setAttribute('aria-pressed', String(one === tool));
    byId('region-help').textContent = tool === undefined ? '' : HELP[tool];
    byId('clear').hidden = this.#corners.length === 0;
  }

  #countRegion(): void {
    const counts = byId('region-counts');
    if (this.#corners.length === 0 || this.#layout === undefined) {
      counts.replaceChildren();
      return;
    }
    showRegionCounts(counts, this.#corners, {
      service: this.#service,
      jobId: this.#id,
      readings: this.#readings,
      image: this.#layout.image,
    }).catch(this.#onProblem);
  }
}

/** Lets a view that is about to change its size and shape show what it shows of the slide now. */
function keepInView({ viewer }: SlidePane): void {
  const isOpen = viewer.world.getItemCount() > 0;
  const seen = viewer.viewport.getBounds(true);
  // Without what is beside the slide, which would leave little room for it in another shape.
  const bounds = (isOpen && seen.intersection(viewer.world.getHomeBounds())) || seen;
  viewer.addOnceHandler('resize', () => {
    // OpenSeadragon zooms by itself right after it has told this.
    queueMicrotask(() => {
      if (isOpen) viewer.viewport.fitBounds(bounds, true);
      else viewer.viewport.goHome(true);
    });
  });
}

function zoom({ viewer }: SlidePane, how: string): void {
  if (how === 'home') viewer.viewport.goHome();
  else viewer.viewport.zoomBy(how === 'in' ? 1.6 : 1 / 1.6);
  viewer.viewport.applyConstraints();
}
