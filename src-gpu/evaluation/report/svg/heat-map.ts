/**
 * A table of counts, each cell as dark as its share of the row.
 *
 * @module
 */
import { element, figure, text } from './element.ts';

export interface HeatMap {
  readonly title: string;
  readonly rowsTitle: string;
  readonly columnsTitle: string;
  readonly columns: readonly string[];
  /** A cell that cannot be is `null`. */
  readonly rows: readonly { readonly name: string; readonly counts: readonly (number | null)[] }[];
}

const LEFT = 180;
const TOP = 86;
const CELL = { width: 100, height: 44 };

export function heatMap({ title, rowsTitle, columnsTitle, columns, rows }: HeatMap): string {
  const width = LEFT + columns.length * CELL.width + 16;
  const height = TOP + rows.length * CELL.height + 16;
  return figure(Math.max(width, 420), height, title, [
    text(LEFT, 48, columnsTitle, { 'font-style': 'italic' }),
    text(16, TOP - 12, rowsTitle, { 'font-style': 'italic' }),
    ...columns.map((name, k) =>
      text(LEFT + (k + 0.5) * CELL.width, TOP - 12, name, { 'text-anchor': 'middle' }),
    ),
    ...rows.flatMap(({ name, counts }, row) => {
      const y = TOP + row * CELL.height;
      const total = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
      return [
        text(16, y + CELL.height / 2 + 4, name),
        ...counts.flatMap((count, column) => cell(count, total, LEFT + column * CELL.width, y)),
      ];
    }),
  ]);
}

function cell(count: number | null, total: number, x: number, y: number): string[] {
  if (count === null) return [];
  const share = total > 0 ? count / total : 0;
  const { width, height } = CELL;
  const centre = { 'text-anchor': 'middle', fill: share > 0.55 ? '#ffffff' : '#222222' };
  return [
    element('rect', { x, y, width, height, fill: shade(share), stroke: '#ffffff' }),
    text(x + width / 2, y + height / 2 - 2, String(count), centre),
    text(x + width / 2, y + height / 2 + 14, `${(100 * share).toFixed(0)} %`, {
      ...centre,
      'font-size': '10',
    }),
  ];
}

/** From nearly white to a dark blue; it gets darker evenly, so grey copies read the same. */
function shade(share: number): string {
  const of = (light: number, dark: number) => Math.round(light + (dark - light) * share);
  return `rgb(${of(243, 8)},${of(246, 60)},${of(250, 125)})`;
}
