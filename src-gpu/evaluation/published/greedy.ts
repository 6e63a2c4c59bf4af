/**
 * Published figures under the rules of the score mode `greedy`, on the test pictures that everybody uses. Where
 * a source gives none, it is `null`. Papers that were not read themselves are marked as quoted.
 *
 * @module
 */
import { figure } from '../score-table.ts';

interface PublishedScore {
  readonly method: string;
  /** F of detection. */
  readonly fd: number | null;
  /** Mean F over the classes. */
  readonly fc: number | null;
  readonly source: string;
}

const DENUC = 'arXiv 2603.04240, README of its code';
const PATH_CONTEXT = 'arXiv 2503.05678, quoted';

const PUBLISHED: Readonly<Record<string, readonly PublishedScore[]>> = {
  'brca-m2c': [
    { method: 'P2PNet', fd: null, fc: 0.6622, source: PATH_CONTEXT },
    {
      method: "MCSpatNet with TopoCellGen's data",
      fd: null,
      fc: 0.684,
      source: 'CVPR 2025, quoted',
    },
    { method: 'PathContext', fd: null, fc: 0.7201, source: PATH_CONTEXT },
    { method: 'DeNuC, 0.3 M parameters and UNI2-h', fd: 0.8661, fc: 0.7143, source: DENUC },
    { method: 'DeNuC, 4.3 M parameters and UNI2-h', fd: 0.8752, fc: 0.7197, source: DENUC },
  ],
  ocelot: [
    { method: 'PathContext', fd: null, fc: 0.7083, source: PATH_CONTEXT },
    { method: 'DeNuC, 0.3 M parameters and UNI2-h', fd: 0.7989, fc: 0.6885, source: DENUC },
    { method: 'DeNuC, 4.3 M parameters and UNI2-h', fd: 0.8133, fc: 0.6994, source: DENUC },
    { method: 'OCELOT 2023, cells only', fd: null, fc: 0.6354, source: 'arXiv 2509.09153, quoted' },
    { method: 'OCELOT 2023, winner', fd: null, fc: 0.7244, source: 'arXiv 2509.09153, quoted' },
  ],
  consep: [{ method: 'DeNuC, ten datasets', fd: 0.795, fc: null, source: DENUC }],
  pannuke: [{ method: 'DeNuC, ten datasets (fold 3)', fd: 0.8574, fc: null, source: DENUC }],
};

/**
 * What others reached on the test pictures of a dataset.
 *
 * @returns Nothing for another split, and where nothing is known.
 */
export function publishedGreedy(dataset: string, split: string): readonly PublishedScore[] {
  return split === 'test' ? (PUBLISHED[dataset] ?? []) : [];
}

/** Header and rows of a table of them. */
export function publishedGreedyRows(
  scores: readonly PublishedScore[],
): [header: string[], rows: string[][]] {
  return [
    ['published, greedy', 'Fd', 'Fc', 'source'],
    scores.map(({ method, fd, fc, source }) => [method, figure(fd), figure(fc), source]),
  ];
}
