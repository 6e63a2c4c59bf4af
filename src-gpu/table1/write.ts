/**
 * Table 1 as text, Markdown and JSON.
 *
 * @module
 */
import { datasets } from '../../shared/datasets/registry.ts';
import { formatTable } from '../cli/table.ts';
import { type Cell, TABLE1_DATASETS, type Table1Row } from './published.ts';

export interface Table1 {
  readonly rows: readonly Table1Row[];
  readonly notes: readonly string[];
}

const TITLE = 'UniCell, Table 1: detection and classification (Fd / Fc)';

export function table1Text({ rows, notes }: Table1): string {
  return [TITLE, '', formatTable(header(), rows.map(line)), '', ...notes].join('\n');
}

export function table1Markdown({ rows, notes }: Table1): string {
  const titles = header();
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = titles.map(() => '---');
  const table = [titles, rule, ...rows.map(line)].map(row);
  return [`**${TITLE}**`, '', ...table, '', ...notes.map((note) => `- ${note}`)].join('\n');
}

export function table1Json({ rows, notes }: Table1): string {
  return JSON.stringify({ table: TITLE, datasets: TABLE1_DATASETS, rows, notes }, null, 2);
}

function header(): string[] {
  const names = TABLE1_DATASETS.map((id) => datasets.get(id).name);
  return ['method', 'training', ...names, 'mean', 'source'];
}

function line({ method, training, cells, mean, source }: Table1Row): string[] {
  return [
    method,
    training,
    ...TABLE1_DATASETS.map((id) => figures(cells[id])),
    figures(mean),
    source,
  ];
}

function figures(cell: Cell | undefined): string {
  return cell ? `${cell.fd.toFixed(3)} / ${cell.fc?.toFixed(3) ?? '-'}` : '-';
}
