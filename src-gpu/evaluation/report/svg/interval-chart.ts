/**
 * Scores with their intervals, one row each, in groups.
 *
 * @module
 */
import type { Interval } from '../../../../shared/scoring/bootstrap.ts';
import { element, figure, text } from './element.ts';
import { seriesStyle } from './series-style.ts';

export interface IntervalRow {
  readonly name: string;
  /** One per series; a score that is not defined has no point. */
  readonly scores: readonly {
    readonly value: number | null;
    readonly interval: Interval | null;
  }[];
}

export interface IntervalChart {
  readonly title: string;
  readonly series: readonly string[];
  readonly groups: readonly { readonly title: string; readonly rows: readonly IntervalRow[] }[];
}

const WIDTH = 640;
const LEFT = 190;
const SIDE = 420;
const TOP = 76;
const ROW = 26;
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

const across = (score: number) => LEFT + score * SIDE;

export function intervalChart({ title, series, groups }: IntervalChart): string {
  const parts: string[] = [];
  let y = TOP;
  for (const group of groups) {
    parts.push(text(16, y + 4, group.title, { 'font-weight': 'bold' }));
    y += ROW;
    for (const row of group.rows) {
      parts.push(text(28, y + 4, row.name), ...row.scores.flatMap((one, i) => point(one, i, y)));
      y += ROW;
    }
  }
  return figure(WIDTH, y + 24, title, [
    ...TICKS.flatMap((tick) => grid(tick, y)),
    ...series.flatMap(legend),
    ...parts,
  ]);
}

function grid(score: number, bottom: number): string[] {
  const x = across(score);
  const to = bottom - ROW / 2;
  return [
    element('line', { x1: x, y1: TOP - 12, x2: x, y2: to, stroke: '#dddddd' }),
    text(x, to + 18, score.toFixed(1), { 'text-anchor': 'middle' }),
  ];
}

function legend(name: string, index: number): string[] {
  const x = LEFT + 80 * index;
  return [mark(x, 46, index), text(x + 10, 50, name)];
}

function point(
  { value, interval }: IntervalRow['scores'][number],
  index: number,
  rowY: number,
): string[] {
  if (value === null) return [];
  const y = rowY - 4 + 8 * index;
  const { colour } = seriesStyle(index);
  const range = interval && {
    x1: across(interval.low),
    y1: y,
    x2: across(interval.high),
    y2: y,
    stroke: colour,
    'stroke-width': 2,
  };
  return [...(range ? [element('line', range)] : []), mark(across(value), y, index)];
}

/** Circles and squares: colour is not needed to tell them apart. */
function mark(x: number, y: number, index: number): string {
  const { colour } = seriesStyle(index);
  return index % 2 === 0
    ? element('circle', { cx: x, cy: y, r: 4, fill: colour })
    : element('rect', { x: x - 3.5, y: y - 3.5, width: 7, height: 7, fill: colour });
}
