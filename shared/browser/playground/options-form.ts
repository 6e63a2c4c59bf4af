/**
 * What is asked for: the resolution, the organ, the dataset, the lowest score, and the key where one is needed.
 *
 * @module
 */
import { type DatasetList, type DetectOptions, UniCellProblem } from '../../client/client.ts';
import type { ImageType } from '../../image/image-header.ts';
import { byId } from '../pages/elements.ts';
import { organOptions } from '../pages/organ-options.ts';
import type { Service } from '../pages/service.ts';

const NOTES = {
  none: 'A scan at 40x has about 0.25, one at 20x about 0.5.',
  silent: 'This kind of file does not say it. A scan at 40x has about 0.25, one at 20x about 0.5.',
  tiff: 'Empty: as the file says.',
} as const;

export class OptionsForm {
  readonly #service: Service;
  readonly #onProblem: (error: unknown) => void;
  #datasets: DatasetList['datasets'] = [];
  #isPreset = false;

  constructor(service: Service, onProblem: (error: unknown) => void) {
    this.#service = service;
    this.#onProblem = onProblem;
    const key = byId<HTMLInputElement>('key');
    key.value = service.key;
    key.addEventListener('change', () => {
      service.key = key.value.trim();
      this.fill();
    });
    byId('mpp-note').textContent = NOTES.none;
  }

  /** Fetches datasets and organs. */
  fill(): void {
    this.#list().catch((error) => {
      // Without a key there is nothing to list; who sends the form is told.
      const isKeyless = error instanceof UniCellProblem && error.status === 401;
      if (!isKeyless || this.#service.key !== '') this.#onProblem(error);
    });
  }

  askForKey(): void {
    byId('key-field').hidden = false;
    byId<HTMLInputElement>('key').required = true;
  }

  /**
   * Asks for the resolution, but of a TIFF, which may say it: what was typed for the picture before would count first.
   * What the user said of one picture is kept for the next, what is known of a sample is not.
   */
  suit(type: ImageType): void {
    const isTiff = type === 'image/tiff';
    if (isTiff) byId<HTMLInputElement>('mpp').value = '';
    byId<HTMLInputElement>('mpp').required = !isTiff;
    byId('mpp-note').textContent = isTiff ? NOTES.tiff : NOTES.silent;
  }

  /** The file did not say it after all. */
  requireMpp(): void {
    byId<HTMLInputElement>('mpp').required = true;
    byId('mpp-note').textContent = NOTES.silent;
    byId('mpp').focus();
  }

  /** Forgets what is known of a sample picture. */
  clearPreset(): void {
    if (this.#isPreset) this.preset({ mpp: '', organ: '' });
    this.#isPreset = false;
  }

  /** What is known of a sample picture. */
  preset({ mpp, organ }: { readonly mpp: string; readonly organ: string }): void {
    this.#isPreset = true;
    byId<HTMLInputElement>('mpp').value = mpp;
    const choice = byId<HTMLSelectElement>('organ');
    choice.value = organ;
    if (choice.selectedIndex < 0) choice.value = '';
  }

  get options(): DetectOptions {
    const [mpp, organ, threshold] = ['mpp', 'organ', 'threshold'].map(fieldValue);
    return {
      dataset: fieldValue('dataset'),
      ...(mpp !== '' && { mpp: Number(mpp) }),
      ...(organ !== '' && { organ: organ! }),
      ...(threshold !== '' && { threshold: Number(threshold) }),
    };
  }

  async #list(): Promise<void> {
    this.#datasets = await this.#service.unicell.datasets();
    const chosen = fieldValue('dataset');
    const options = this.#datasets.map(({ id, name, classes }) => {
      return new Option(`${name}: ${classes.map(({ label }) => label).join(', ')}`, id);
    });
    const dataset = byId<HTMLSelectElement>('dataset');
    dataset.replaceChildren(new Option('auto: by the organ', 'auto'), ...options);
    dataset.value = chosen;
    const organ = byId<HTMLSelectElement>('organ');
    const known = organ.value;
    organ.replaceChildren(...organOptions(this.#datasets, 'not known'));
    organ.value = known;
  }
}

function fieldValue(id: string): string {
  return byId<HTMLInputElement | HTMLSelectElement>(id).value.trim();
}
