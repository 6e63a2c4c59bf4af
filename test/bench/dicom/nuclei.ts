import { lizard } from '../../../shared/datasets/lizard.ts';
import type { Nuclei } from '../../../shared/nuclei/nuclei.ts';
import { streamFor } from '../../../shared/random.ts';
import { derivation, slideMetadata } from '../../support/dicom-head.ts';

const [width, height] = [100_000, 80_000];

/** What the files say, of a slide of the usual size. */
export const head = {
  dataset: lizard,
  image: { id: 'slide', width, height, mpp: 0.25 },
  model: { id: 'compact', version: '1.0' },
  dicom: derivation(slideMetadata(width, height)),
};

/** Nuclei of all classes, anywhere. */
export function someNuclei(length: number, seed: number): Nuclei {
  const random = streamFor(seed, 'dicom');
  return {
    length,
    x: Float32Array.from({ length }, () => random.uniform(0, width)),
    y: Float32Array.from({ length }, () => random.uniform(0, height)),
    class: Uint8Array.from({ length }, () => random.bits() % lizard.classes.length),
    score: Float32Array.from({ length }, () => random.uniform(0.3, 1)),
  };
}
