/**
 * The classes of a reading: shown or not, and how many of each.
 *
 * @module
 */

import { countText } from '../../../viewer/amounts.ts';
import { make } from '../../pages/elements.ts';
import type { NucleiOverlay, ViewSummary } from '../overlay/nuclei-overlay.ts';

export class ClassList {
  readonly #element: HTMLElement;
  readonly #overlay: NucleiOverlay;
  /** By class; those that were not asked for have none. */
  readonly #counts = new Map<number, HTMLElement>();

  constructor(element: HTMLElement, overlay: NucleiOverlay) {
    this.#element = element;
    this.#overlay = overlay;
    this.#fill();
  }

  /** Writes how many nuclei of each class the view holds. */
  update({ classes, isExact, isLoading, isPartial }: ViewSummary): void {
    const { shown } = this.#overlay;
    const about = isExact ? '' : '≈ ';
    for (const [i, element] of this.#counts) {
      element.textContent = `${about}${countText(classes[i] ?? 0)}`;
    }
    const total = classes.reduce((sum, count, i) => sum + (shown.classes[i] ? count : 0), 0);
    const note = isPartial ? ' so far' : '';
    const summary = this.#element.querySelector('.in-view')!;
    summary.textContent = `${about}${countText(total)} in view${note}`;
    this.#element.classList.toggle('loading', isLoading);
  }

  #fill(): void {
    const { dataset } = this.#overlay;
    const rows = dataset.classes.flatMap(({ label, colour, isAskedFor }, i) => {
      // 0 would be taken for a finding.
      if (!isAskedFor) return [];
      const box = make('input', { type: 'checkbox' });
      box.checked = this.#overlay.shown.classes[i]!;
      box.addEventListener('change', () => this.#toggle(i, box.checked));
      const count = make('span', { class: 'count' }, '');
      this.#counts.set(i, count);
      const swatch = make('span', { class: 'swatch', 'aria-hidden': 'true' });
      swatch.style.background = colour;
      return [make('label', { class: 'class-row' }, box, swatch, make('span', {}, label), count)];
    });
    this.#element.replaceChildren(make('p', { class: 'in-view', role: 'status' }, ''), ...rows);
  }

  #toggle(index: number, isShown: boolean): void {
    this.#overlay.setClasses(
      this.#overlay.shown.classes.map((before, i) => (i === index ? isShown : before)),
    );
  }
}
