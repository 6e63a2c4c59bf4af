/**
 * Table 1 of the UniCell paper (Huang et al., AAAI 2024).
 *
 * @module
 */

import type { ScoreIntervals } from '../../../shared/scoring/bootstrap.ts';

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
  /** One model per dataset (the paper's `*`), or one for all (its `+`, and UniCell). */
  readonly training: 'separate' | 'joint';
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

/** F_d and F_c of CoNSeP, MoNuSAC, Lizard and OCELOT, as the table has them. */
type Figures = readonly [fd: number, fc: number][];

function row(method: string, training: Table1Row['training'], figures: Figures): Table1Row {
  const all = figures.map(([fd, fc]) => ({ fd, fc }));
  const cells = Object.fromEntries(TABLE1_DATASETS.map((id, at) => [id, all[at]!]));
  return withMean({ method, training, source: PAPER, cells });
}

/** Adds the mean over the four datasets, where all are there. */
export function withMean(row: Table1Row): Table1Row {
  const all = TABLE1_DATASETS.flatMap((id) => row.cells[id] ?? []);
  if (all.length < TABLE1_DATASETS.length) return row;
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const fcs = all.flatMap(({ fc }) => fc ?? []);
  const fc = fcs.length === all.length ? mean(fcs) : null;
  return { ...row, mean: { fd: mean(all.map(({ fd }) => fd)), fc } };
}

/** The published rows, in the order of the table. */
export const PUBLISHED: readonly Table1Row[] = [
  row('HoVer-Net', 'separate', [
    [0.621, 0.503],
    [0.822, 0.641],
    [0.729, 0.43],
    [0.738, 0.501],
  ]),
  row('HoVer-Net', 'joint', [
    [0.64, 0.417],
    [0.802, 0.341],
    [0.747, 0.305],
    [0.723, 0.482],
  ]),
  row('Cellpose', 'separate', [
    [0.625, 0.492],
    [0.828, 0.684],
    [0.783, 0.45],
    [0.715, 0.502],
  ]),
  row('Cellpose', 'joint', [
    [0.604, 0.418],
    [0.826, 0.65],
    [0.785, 0.447],
    [0.731, 0.518],
  ]),
  row('Omnipose', 'separate', [
    [0.678, 0.528],
    [0.784, 0.642],
    [0.788, 0.452],
    [0.716, 0.509],
  ]),
  row('Omnipose', 'joint', [
    [0.625, 0.439],
    [0.788, 0.635],
    [0.799, 0.461],
    [0.72, 0.515],
  ]),
  row('UperNet-ConvNeXt', 'separate', [
    [0.715, 0.595],
    [0.801, 0.712],
    [0.764, 0.474],
    [0.692, 0.509],
  ]),
  row('UperNet-ConvNeXt', 'joint', [
    [0.652, 0.418],
    [0.784, 0.708],
    [0.458, 0.266],
    [0.732, 0.54],
  ]),
  row('UniCell', 'joint', [
    [0.762, 0.679],
    [0.847, 0.752],
    [0.813, 0.596],
    [0.751, 0.596],
  ]),
];

/** What is to be said of the published rows. */
export const PUBLISHED_NOTES: readonly string[] = [
  "Published rows: doi:10.1609/aaai.v38i3.28009. Separate: one model per dataset (the paper's *); joint: one for all four (its +, for which the labels were merged to nine categories). Means were computed here.",
];
