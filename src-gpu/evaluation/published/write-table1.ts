/**
 * Table 1 as text, Markdown and JSON.
 *
 * @module
 */
import { datasets } from '../../../shared/datasets/registry.ts';
import { formatTable, markdownTable } from '../../terminal/table.ts';
import { figure, range } from '../score-table.ts';
import { type Cell, TABLE1_DATASETS, type Table1Row } from './table1.ts';

export interface Table1 {
  readonly rows: readonly Table1Row[];
  readonly notes: readonly string[];
}

const TITLE = 'UniCell, Table 1: detection and classification (Fd / Fc)';

export function table1Text({ rows, notes }: Table1): string {
  return [
    TITLE,
    '',
    formatTable(
      header(),
      rows.map((row) => line(row)),
    ),
    '',
    ...notes,
  ].join('\n');
}

export function table1Markdown({ rows, notes }: Table1): string {
  const table = markdownTable(
    header(),
    rows.map((row) => line(row, withIntervals)),
  );
  return [`**${TITLE}**`, '', table, '', ...notes.map((note) => `- ${note}`)].join('\n');
}

export function table1Json({ rows, notes }: Table1): string {
  return JSON.stringify({ table: TITLE, datasets: TABLE1_DATASETS, rows, notes }, null, 2);
}

function header(): string[] {
  const names = TABLE1_DATASETS.map((id) => datasets.get(id).name);
  return ['method', 'training', ...names, 'mean', 'source'];
}

function line({ method, training, cells, mean, source }: Table1Row, write = figures): string[] {
  return [method, training, ...TABLE1_DATASETS.map((id) => write(cells[id])), write(mean), source];
}

function figures(cell: Cell | undefined): string {
  return cell ? `${figure(cell.fd)} / ${figure(cell.fc)}` : '-';
}

function withIntervals(cell: Cell | undefined): string {
  if (!cell?.intervals) return figures(cell);
  const { fd, fc } = cell.intervals;
  return `${figure(cell.fd)} (${range(fd)}) / ${figure(cell.fc)} (${range(fc)})`;
}
