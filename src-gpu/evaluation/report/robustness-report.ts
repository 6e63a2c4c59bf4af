/**
 * What perturbations cost a model, and what it finds where nothing is.
 *
 * @module
 */

import { markdownTable } from '../../terminal/table.ts';
import { figure } from '../score-table.ts';

export interface PerturbedScore {
  /** Id of the perturbation. */
  readonly id: string;
  readonly name: string;
  readonly fd: number | null;
  readonly fc: number | null;
  /** Score of the pictures as they are, less that of the perturbed ones; `null` where one is not defined. */
  readonly fallFd: number | null;
  readonly fallFc: number | null;
  /** Most that F_c may fall; `null` where nothing is asked. */
  readonly allowedFall: number | null;
}

export interface DatasetRobustness {
  readonly dataset: string;
  readonly name: string;
  readonly pictures: number;
  readonly threshold: number;
  /** What must be said beside its scores, full sentences. */
  readonly notes: readonly string[];
  /** Of the pictures as they are. */
  readonly fd: number | null;
  readonly fc: number | null;
  readonly perturbations: readonly PerturbedScore[];
}

export interface FieldCounts {
  /** Id of the field. */
  readonly id: string;
  readonly name: string;
  /** Nuclei found, by dataset; each is invented. */
  readonly nuclei: Readonly<Record<string, number>>;
}

/** What `robustness.json` holds. */
export interface RobustnessReport {
  readonly schema: 1;
  readonly model: { readonly id: string; readonly version: string; readonly precision: string };
  readonly split: string;
  /** Fields are squares of so many pixels, at the model's resolution. */
  readonly fieldSidePx: number;
  readonly datasets: readonly DatasetRobustness[];
  readonly fields: readonly FieldCounts[];
}

/** How much of a score is lost; `null` where there is none to compare. */
export function fall(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : before - after;
}

/** Header and rows: perturbations down, datasets across, what falls too far in bold where `isMarkdown`. */
export function perturbationRows(
  { datasets }: RobustnessReport,
  isMarkdown: boolean,
): [header: string[], rows: string[][]] {
  const asItIs = datasets.map(({ fd, fc }) => `${figure(fd)} / ${figure(fc)}`);
  const [first] = datasets;
  const rows = (first?.perturbations ?? []).map(({ name, allowedFall }, at) => [
    name,
    allowedFall === null ? '-' : allowedFall.toFixed(2),
    ...datasets.map(({ perturbations }) => cell(perturbations[at]!, isMarkdown)),
  ]);
  return [
    ['pictures', 'may lose', ...datasets.map(({ name }) => name)],
    [['as they are', '', ...asItIs], ...rows],
  ];
}

function cell(
  { fd, fc, fallFd, fallFc, allowedFall }: PerturbedScore,
  isMarkdown: boolean,
): string {
  const text = `${figure(fd)} / ${figure(fc)} (${signed(fallFd)} / ${signed(fallFc)})`;
  const isTooFar = allowedFall !== null && (fallFc === null || fallFc > allowedFall);
  if (!isTooFar) return text;
  return isMarkdown ? `**${text}**` : `${text} !`;
}

/** What was lost, as a change: a fall of 0.02 is -0.020. */
function signed(lost: number | null): string {
  if (lost === null) return '-';
  const change = (-lost).toFixed(3);
  return change.startsWith('-') ? change : `+${change}`;
}

/** Header and rows: fields down, datasets across. */
export function fieldRows({
  datasets,
  fields,
}: RobustnessReport): [header: string[], rows: string[][]] {
  return [
    ['nuclei found in', ...datasets.map(({ name }) => name)],
    fields.map(({ name, nuclei }) => [
      name,
      ...datasets.map(({ dataset }) => String(nuclei[dataset] ?? '-')),
    ]),
  ];
}

export function robustnessMarkdown(report: RobustnessReport): string {
  const { model, split, fieldSidePx, datasets } = report;
  const blocks = [
    `# Robustness of ${model.id} ${model.version} (${model.precision}) on ${split}`,
    'Fd / Fc under the default protocol at the threshold of the card, and in brackets what a perturbation changes. Bold: Fc falls by more than it may.',
    markdownTable(...perturbationRows(report, true)),
    ...datasets.flatMap(({ notes }) => notes),
    `Nuclei found in fields of ${fieldSidePx} x ${fieldSidePx} px that show no tissue; each of them is invented.`,
    markdownTable(...fieldRows(report)),
  ];
  return `${blocks.join('\n\n')}\n`;
}
