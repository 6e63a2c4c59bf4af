/**
 * What was measured of `compact`, as it lies in the repository: its card, and the Markdown of `unicell report` and of
 * `unicell robustness` on the test splits.
 *
 * @module
 */
import { type ModelCard, parseCard } from '../../shared/engine/card.ts';
import { readPage } from '../docs/blocks.ts';

/** Cells of a row by the title of their column. */
export type Row = Readonly<Record<string, string>>;

export interface Measured {
  readonly card: ModelCard;
  /** First table of the report, fp32: a row per dataset. */
  readonly scores: readonly Row[];
  /** First table of the robustness report, fp32: the pictures as they are, then a row per perturbation. */
  readonly perturbations: readonly Row[];
}

const CARD = 'models/compact/card.json';
const REPORT = 'docs/accuracy/compact-test/report.md';
const ROBUSTNESS = 'docs/accuracy/compact-robustness/robustness.md';

/** @throws Where the files are not of one version of the model. */
export function readMeasured(): Measured {
  const card = parseCard(JSON.parse(readPage(CARD)), CARD);
  const [report, robustness] = [REPORT, ROBUSTNESS].map((path) => {
    const markdown = readPage(path);
    if (markdown.split('\n', 1)[0]!.includes(`${card.id} ${card.version} `)) return markdown;
    throw new Error(
      `${path} is not of ${card.id} ${card.version}, of which ${CARD} is: measure it again (docs/training.md, "From weights to a shipped model").`,
    );
  });
  return { card, scores: firstTable(report!), perturbations: firstTable(robustness!) };
}

/** Rows of the first table of a page. */
export function firstTable(markdown: string): Row[] {
  const lines = markdown.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  const [header = [], , ...rows] = lines.slice(start, start + length).map(cellsOf);
  return rows.map((cells) => Object.fromEntries(header.map((title, at) => [title, cells[at]!])));
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}
