/**
 * One dataset's reading: its view, its classes, its choice of dataset.
 *
 * @module
 */
import type { PointsLayout } from '../../../api/viewer/viewer-schemas.ts';
import { roundedText } from '../../../viewer/amounts.ts';
import { make } from '../../pages/elements.ts';
import { heatColour } from '../overlay/heat-layer.ts';
import type { ViewSummary } from '../overlay/nuclei-overlay.ts';
import { ClassList } from './class-list.ts';
import type { SlidePane } from './slide-pane.ts';

export interface ReadingEvents {
  onDataset(): void;
  onError(error: unknown): void;
}

export class Reading {
  readonly pane: SlidePane;
  readonly section: HTMLElement;
  readonly #classes: HTMLElement;
  readonly #events: ReadingEvents;
  #list: ClassList | undefined;

  constructor(pane: SlidePane, layout: PointsLayout, dataset: string, events: ReadingEvents) {
    this.pane = pane;
    this.#events = events;
    this.#classes = make('div', { class: 'classes' });
    const choice = make('select', {});
    choice.append(...layout.datasets.map(({ id, name }) => new Option(name, id)));
    choice.value = dataset;
    choice.addEventListener('change', () => this.#choose(choice.value));
    this.section = make(
      'section',
      {},
      make('h2', {}, 'Nuclei'),
      make('label', { class: 'field' }, 'Classes of', choice),
      this.#classes,
    );
    const overlay = pane.show(layout, dataset, {
      onView: (summary) => this.#update(summary),
      onError: events.onError,
    });
    this.#list = new ClassList(this.#classes, overlay);
    const bar = pane.element.querySelector<HTMLElement>('.heat-key i')!;
    const stops = [0, 0.25, 0.5, 0.75, 1].map(
      (t) => `rgb(${heatColour(t).map(Math.round).join()})`,
    );
    bar.style.background = `linear-gradient(to right, ${stops.join()})`;
    this.#caption();
  }

  #choose(dataset: string): void {
    const { overlay } = this.pane;
    if (overlay === undefined) return;
    overlay.setDataset(dataset);
    this.#list = new ClassList(this.#classes, overlay);
    this.#caption();
    this.#events.onDataset();
  }

  #caption(): void {
    const caption = this.pane.element.querySelector<HTMLElement>('.caption')!;
    caption.textContent = this.pane.overlay!.dataset.name;
  }

  #update(summary: ViewSummary): void {
    this.#list?.update(summary);
    const key = this.pane.element.querySelector<HTMLElement>('.heat-key')!;
    key.hidden = summary.heatTo === undefined;
    key.querySelector('.heat-to')!.textContent = roundedText(summary.heatTo ?? 0);
  }
}
