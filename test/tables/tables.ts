/**
 * The tables of the documents that a new model changes, each from what was measured.
 *
 * @module
 */
import { figure } from '../../src-gpu/evaluation/score-table.ts';
import { markdownTable } from '../../src-gpu/terminal/table.ts';
import type { Measured, Row } from './sources.ts';

type Pair = readonly [fd: number, fc: number];

/** What the README says of a dataset's pictures beside its name. */
const REMARKS: Readonly<Record<string, string>> = {
  monusac: ', split by patient',
  ocelot: ', split by patient',
  pannuke: ', pictures out of figures',
};

/** UniCell in its paper (AAAI 2024, table 1). */
const PAPER: Readonly<Record<string, string>> = {
  consep: '0.762 / 0.679',
  monusac: '0.847 / 0.752, on the official test split',
  ocelot: '0.751 / 0.596, on a split of its own',
};

/** `compact` 0.3.0, int8, of its card in commit `e243eb8`. */
const BEFORE: Readonly<Record<string, Pair>> = {
  consep: [0.732, 0.588],
  ocelot: [0.806, 0.586],
  'brca-m2c': [0.835, 0.586],
  crchisto: [0.767, 0.49],
};

/** What the project set itself for `compact`. */
const GOALS: Readonly<Record<string, { readonly least: Pair; readonly goal: Pair }>> = {
  consep: { least: [0.745, 0.61], goal: [0.79, 0.71] },
  ocelot: { least: [0.8, 0.59], goal: [0.83, 0.68] },
  'brca-m2c': { least: [0.84, 0.6], goal: [0.87, 0.7] },
  crchisto: { least: [0.77, 0.52], goal: [0.81, 0.62] },
  monusac: { least: [0.75, 0.5], goal: [0.86, 0.76] },
  pannuke: { least: [0.72, 0.42], goal: [0.82, 0.6] },
};

/** By the name that stands before a table in a comment. */
export const TABLES: Readonly<Record<string, (measured: Measured) => string>> = {
  scores: (measured) =>
    markdownTable(
      ['dataset', 'pictures', 'int8 at the edge', 'fp32', 'UniCell in its paper'],
      measured.card.datasets.map(({ id, name }) => {
        const { pictures, Fd, Fc } = scoresOf(measured, name);
        const both = `${withoutInterval(Fd!)} / ${withoutInterval(Fc!)}`;
        const title = `${name}${REMARKS[id] ?? ''}`;
        return [title, pictures!, pair(edge(measured, id)), both, PAPER[id] ?? ''];
      }),
    ),
  intervals: ({ scores }) => {
    const columns = ['dataset', 'pictures', 'Fd', 'Fc', 'Fd, official', 'Fc, official'];
    return markdownTable(
      columns,
      scores.map((row) => columns.map((column) => row[column]!)),
    );
  },
  edge: (measured) =>
    markdownTable(
      ['dataset', measured.card.version, '0.3.0'],
      measured.card.datasets.map(({ id, name }) => [
        name,
        pair(edge(measured, id)),
        id in BEFORE ? pair(BEFORE[id]!) : '',
      ]),
    ),
  calibration: ({ card }) =>
    markdownTable(
      ['dataset', 'exit', 'before', 'after'],
      card.datasets.flatMap(({ name, exit, calibration }) =>
        calibration
          ? [[name, exit ?? 'decoder', figure(calibration.eceBefore), figure(calibration.eceAfter)]]
          : [],
      ),
    ),
  robustness: ({ card, perturbations }) => {
    const names = card.datasets.filter(({ classes }) => classes.length > 1).map((d) => d.name);
    return markdownTable(
      ['', ...names],
      perturbations
        .filter((row) => row['may lose'] !== '-')
        .map((row) => [row.pictures!, ...names.map((name) => changeOfFc(row[name]!))]),
    );
  },
  goals: (measured) => {
    const ids = Object.keys(GOALS);
    const reached = ids.map((id) => {
      const { least } = GOALS[id]!;
      return edge(measured, id)
        .map((value, at) => (rounded(value) < least[at]! ? `**${figure(value)}**` : figure(value)))
        .join(' / ');
    });
    return markdownTable(
      ['', ...ids.map((id) => measured.card.datasets.find((dataset) => dataset.id === id)!.name)],
      [
        ['least', ...ids.map((id) => pair(GOALS[id]!.least))],
        [`\`compact\` ${measured.card.version}`, ...reached],
        ['goal', ...ids.map((id) => pair(GOALS[id]!.goal))],
      ],
    );
  },
};

/** A page with its tables made anew: each stands below `<!-- table: NAME -->`. */
export function withTables(page: string, measured: Measured): string {
  return page.replaceAll(/^<!-- table: (\S+) -->\n\n(?:\|.*\n)*/gm, (_all, name: string) => {
    const make = TABLES[name];
    if (!make) throw new Error(`No table is called ${name}: ${Object.keys(TABLES).join(', ')}.`);
    return `<!-- table: ${name} -->\n\n${make(measured)}\n`;
  });
}

function scoresOf({ scores }: Measured, name: string): Row {
  return found(
    scores.find(({ dataset }) => dataset === name),
    `the report has no ${name}`,
  );
}

/** What int8 reaches on WebAssembly. */
function edge({ card }: Measured, id: string): Pair {
  const scores = card.quantisation?.int8?.scores ?? [];
  const { fd, fc } = found(
    scores.find(({ dataset, split }) => dataset === id && split === 'test'),
    `the card has no int8 score of ${id} (npm run parity -- --update-card)`,
  );
  return [fd, fc];
}

function found<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new Error(`The tables cannot be made: ${problem}.`);
  return value;
}

function pair([fd, fc]: Pair): string {
  return `${figure(fd)} / ${figure(fc)}`;
}

function rounded(value: number): number {
  return Number(figure(value));
}

/** `0.739 (0.698-0.773)` without what is in brackets. */
function withoutInterval(cell: string): string {
  return cell.split(' ', 1)[0]!;
}

/** Of `0.721 / 0.586 (-0.019 / -0.023)` the last; of pictures as they are, Fc. */
function changeOfFc(cell: string): string {
  return cell.replaceAll(/[*()]/g, '').split(' ').at(-1)!;
}
