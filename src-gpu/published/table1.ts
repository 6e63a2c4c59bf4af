/**
 * Table 1 of the UniCell paper (Huang et al., AAAI 2024), as far as its figures are known here. A cell that
 * is not known is left out, never guessed; the reference material of the project holds no more of it.
 *
 * @module
 */

import type { ScoreIntervals } from '../../shared/scoring/bootstrap.ts';

/** F_d and F_c of a method on a dataset. */
export interface Cell {
  readonly fd: number;
  /** Mean over the classes; `null` where it is not defined. */
  readonly fc: number | null;
  /** 95 % intervals over pictures, of what was measured here. */
  readonly intervals?: Pick<ScoreIntervals, 'fd' | 'fc'>;
}

export interface Table1Row {
  readonly method: string;
  /** `not known`: the figure is one of the two, and which one is not known here. */
  readonly training: 'separate' | 'joint' | 'not known';
  /** Where the figures come from. */
  readonly source: string;
  /** By dataset id. */
  readonly cells: Readonly<Record<string, Cell>>;
  /** Over the four datasets, where all are there. */
  readonly mean?: Cell;
}

/** The datasets of the table, in its order. */
export const TABLE1_DATASETS = ['consep', 'monusac', 'lizard', 'ocelot'] as const;

const PAPER = 'Huang et al., AAAI 2024, Table 1';
const UNKNOWN = 'the figures are not known here';

const bothTrainings = (method: string): Table1Row[] =>
  (['separate', 'joint'] as const).map((training) => ({
    method,
    training,
    source: UNKNOWN,
    cells: {},
  }));

/** The published rows, in the order of the table. */
export const PUBLISHED: readonly Table1Row[] = [
  ...bothTrainings('HoVer-Net'),
  {
    method: 'HoVer-Net',
    training: 'not known',
    source: PAPER,
    cells: { consep: { fd: 0.621, fc: 0.503 } },
  },
  ...bothTrainings('Cellpose'),
  ...bothTrainings('Omnipose'),
  ...bothTrainings('UperNet-ConvNeXt'),
  {
    method: 'UperNet-ConvNeXt',
    training: 'not known',
    source: PAPER,
    cells: { consep: { fd: 0.715, fc: 0.595 } },
  },
  {
    method: 'UniCell',
    training: 'joint',
    source: PAPER,
    cells: {
      consep: { fd: 0.762, fc: 0.679 },
      monusac: { fd: 0.847, fc: 0.752 },
      lizard: { fd: 0.813, fc: 0.596 },
      ocelot: { fd: 0.751, fc: 0.596 },
    },
    mean: { fd: 0.793, fc: 0.656 },
  },
];

/** What is to be said of the published rows. */
export const PUBLISHED_NOTES: readonly string[] = [
  'A dash stands for a figure that is not known here; see the paper (doi:10.1609/aaai.v38i3.28009). Of HoVer-Net and UperNet-ConvNeXt the CoNSeP figures of one training are known, but not of which.',
];
