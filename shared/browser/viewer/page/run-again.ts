/**
 * A job that failed or was stopped, run again on the slide that it has.
 *
 * @module
 */
import type { Job } from '../../../api/jobs/job-schemas.ts';
import type { JobHandle } from '../../../client/client.ts';
import { byId } from '../../pages/elements.ts';
import { organOptions } from '../../pages/organ-options.ts';
import type { Service } from '../../pages/service.ts';
import { datasetChoices } from './dataset-choices.ts';

export class RunAgain {
  readonly #service: Service;
  readonly #onProblem: (error: unknown) => void;
  #isFilled = false;

  /** @param onProblem Hears why it could not be begun. */
  constructor(service: Service, handle: JobHandle, onProblem: (error: unknown) => void) {
    this.#service = service;
    this.#onProblem = onProblem;
    byId('again').addEventListener('submit', (event) => {
      event.preventDefault();
      handle.resume(changes()).then(() => location.reload(), onProblem);
    });
  }

  /** Offers it where no result would be lost by other options. */
  offer({ status }: Job): void {
    const isOffered = status === 'failed' || status === 'canceled';
    byId('again').hidden = !isOffered;
    // Most jobs end well.
    if (!isOffered || this.#isFilled) return;
    this.#isFilled = true;
    this.#service.unicell.datasets().then((all) => {
      byId('again-datasets').replaceChildren(...datasetChoices(all, 'again-dataset'));
      byId('again-organ').replaceChildren(...organOptions(all, 'as before'));
    }, this.#onProblem);
  }
}

/** What was filled in; the rest stays as it was. */
function changes(): { mpp?: number; organ?: string; dataset?: string[] } {
  const mpp = byId<HTMLInputElement>('again-mpp').value;
  const organ = byId<HTMLSelectElement>('again-organ').value;
  const boxes = document.querySelectorAll<HTMLInputElement>('[name=again-dataset]:checked');
  const dataset = [...boxes].map(({ value }) => value);
  return {
    ...(mpp !== '' && { mpp: Number(mpp) }),
    ...(organ !== '' && { organ }),
    ...(dataset.length > 0 && { dataset }),
  };
}
