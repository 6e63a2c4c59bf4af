/**
 * A job that failed or was stopped, run again on the slide that it has.
 *
 * @module
 */
import type { JobHandle } from '../../../client/client.ts';
import { byId } from '../../pages/elements.ts';
import type { Service } from '../../pages/service.ts';
import { datasetChoices } from './dataset-choices.ts';

/** @param onProblem Hears why it could not be begun. */
export function offerRunAgain(
  service: Service,
  handle: JobHandle,
  onProblem: (error: unknown) => void,
): void {
  const form = byId('again');
  let isFilled = false;
  // Most jobs end well.
  new MutationObserver(() => {
    if (form.hidden || isFilled) return;
    isFilled = true;
    service.unicell.datasets().then((all) => {
      byId('again-datasets').replaceChildren(...datasetChoices(all, 'again-dataset'));
    }, onProblem);
  }).observe(form, { attributeFilter: ['hidden'] });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const mpp = byId<HTMLInputElement>('again-mpp').value;
    const dataset = [...form.querySelectorAll<HTMLInputElement>('[name=again-dataset]:checked')];
    const changes = {
      ...(mpp !== '' && { mpp: Number(mpp) }),
      ...(dataset.length > 0 && { dataset: dataset.map(({ value }) => value) }),
    };
    handle.resume(changes).then(() => location.reload(), onProblem);
  });
}
