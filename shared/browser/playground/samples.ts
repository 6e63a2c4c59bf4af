/**
 * Sample pictures of synthetic tissue, which this project draws itself (docs/synthetic.md).
 *
 * @module
 */
import { byId, make } from '../pages/elements.ts';

export interface Sample {
  readonly name: string;
  readonly label: string;
  readonly mpp: string;
  readonly organ: string;
}

const SAMPLES: readonly Sample[] = [
  { name: 'glands', label: 'Glands', mpp: '0.5', organ: 'colon' },
  { name: 'lymphocytes', label: 'Lymphocytes', mpp: '0.5', organ: 'colon' },
  { name: 'close-up', label: 'Gland, 40x', mpp: '0.25', organ: 'colon' },
];

/** @param onSample Hears which one was chosen, with its file. */
export function offerSamples(
  onSample: (file: File, sample: Sample) => void,
  onProblem: (error: unknown) => void,
): void {
  byId('samples').replaceChildren(
    ...SAMPLES.map((sample) => {
      const path = `/samples/${sample.name}.jpg`;
      const picture = make('img', { src: path, alt: '', width: '512', height: '512' });
      const button = make(
        'button',
        { type: 'button', 'aria-pressed': 'false', 'data-sample': sample.name },
        picture,
        make('span', {}, sample.label),
      );
      button.addEventListener('click', () => {
        fetchSample(path, sample.name).then((file) => onSample(file, sample), onProblem);
      });
      return button;
    }),
  );
}

/** Shows which one is looked at; none of them where it is another picture. */
export function markSample(name: string | undefined): void {
  for (const button of byId('samples').querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(button.dataset.sample === name));
  }
}

async function fetchSample(path: string, name: string): Promise<File> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`The sample picture could not be had (${response.status}).`);
  return new File([await response.blob()], `${name}.jpg`, { type: 'image/jpeg' });
}
