/**
 * Lines over the unit square: every axis of a report is a score, a share or a threshold.
 *
 * @module
 */
import { element, figure, text } from './element.ts';
import { seriesStyle } from './series-style.ts';

export interface Series {
  readonly name: string;
  /** Points (x, y) in [0, 1]. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface LineChart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** A vertical line, with what it is. */
  readonly mark?: { readonly x: number; readonly label: string };
  /** Whether the line y = x is drawn, on which all would lie. */
  readonly hasDiagonal?: boolean;
}

const [WIDTH, HEIGHT] = [640, 420];
const FRAME = { left: 56, top: 44, side: 320 };
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];

const across = (x: number) => FRAME.left + x * FRAME.side;
const down = (y: number) => FRAME.top + (1 - y) * FRAME.side;

export function lineChart({ title, xLabel, yLabel, series, mark, hasDiagonal }: LineChart): string {
  return figure(WIDTH, HEIGHT, title, [
    ...TICKS.flatMap(tick),
    text(across(0.5), HEIGHT - 14, xLabel, { 'text-anchor': 'middle' }),
    text(0, 0, yLabel, {
      'text-anchor': 'middle',
      transform: `translate(16 ${down(0.5)}) rotate(-90)`,
    }),
    ...(hasDiagonal ? [line([0, 0], [1, 1], '#888888', '2 4')] : []),
    ...(mark ? marked(mark.x, mark.label) : []),
    ...series.flatMap(drawn),
  ]);
}

function tick(value: number): string[] {
  return [
    line([value, 0], [value, 1], '#dddddd', 'none'),
    line([0, value], [1, value], '#dddddd', 'none'),
    text(across(value), down(0) + 18, value.toFixed(1), { 'text-anchor': 'middle' }),
    text(across(0) - 8, down(value) + 4, value.toFixed(1), { 'text-anchor': 'end' }),
  ];
}

function marked(x: number, label: string): string[] {
  return [
    line([x, 0], [x, 1], '#444444', '5 4'),
    text(across(x) + 5, down(0) - 6, label, { 'font-size': '11' }),
  ];
}

function drawn({ name, points }: Series, index: number): string[] {
  const { colour, dash } = seriesStyle(index);
  const y = FRAME.top + 12 + 22 * index;
  const x = across(1) + 20;
  const places = points.map(([px, py]) => `${across(px).toFixed(2)},${down(py).toFixed(2)}`);
  const stroke = { stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dash };
  return [
    element('polyline', { points: places.join(' '), fill: 'none', ...stroke }),
    ...points.map(([px, py]) =>
      element('circle', { cx: across(px), cy: down(py), r: 2.5, fill: colour }),
    ),
    element('line', { x1: x, y1: y, x2: x + 26, y2: y, ...stroke }),
    text(x + 34, y + 4, name),
  ];
}

function line(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  colour: string,
  dash: string,
): string {
  return element('line', {
    x1: across(x1),
    y1: down(y1),
    x2: across(x2),
    y2: down(y2),
    stroke: colour,
    'stroke-dasharray': dash,
  });
}
