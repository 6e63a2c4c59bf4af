/**
 * The figures of a report.
 *
 * @module
 */
import type { Reliability } from '../../../shared/analysis/calibration.ts';
import { hasUnknown } from '../../../shared/analysis/confusion-matrix.ts';
import type { StratumScore } from '../../../shared/analysis/strata.ts';
import type { DatasetReport } from './dataset-report.ts';
import { heatMap } from './svg/heat-map.ts';
import { type IntervalRow, intervalChart } from './svg/interval-chart.ts';
import { lineChart, type Series } from './svg/line-chart.ts';

export interface ReportFigure {
  readonly fileName: string;
  /** What it shows, for people who do not see it. */
  readonly alt: string;
  readonly svg: string;
}

/** @param split As in the titles. */
export function reportFigures(report: DatasetReport, split: string): ReportFigure[] {
  const { dataset, name } = report;
  const about = `${name}, ${split}`;
  const make = (key: string, title: string, draw: (title: string) => string): ReportFigure => {
    const whole = `${about}: ${title}`;
    return { fileName: `${dataset}-${key}.svg`, alt: whole, svg: draw(whole) };
  };
  return [
    make('threshold', 'scores over the threshold', (title) => thresholdFigure(report, title)),
    make('precision-recall', 'precision over recall', (title) => recallFigure(report, title)),
    make('confusion', 'who is taken for whom', (title) => confusionFigure(report, title)),
    make('where', 'scores by place', (title) => whereFigure(report, title)),
    make('reliability', 'how often a score is right', (title) => reliabilityFigure(report, title)),
  ];
}

type Pairs = readonly (readonly [number | null, number | null])[];

const defined = (pairs: Pairs): [number, number][] =>
  pairs.filter((pair): pair is [number, number] => pair[0] !== null && pair[1] !== null);

function thresholdFigure({ curve, protocols }: DatasetReport, title: string): string {
  const of = (name: string, key: 'fd' | 'fc' | 'precision' | 'recall'): Series => ({
    name,
    points: defined(curve.map((point) => [point.threshold, point[key]])),
  });
  return lineChart({
    title,
    xLabel: 'threshold',
    yLabel: 'score',
    series: [
      of('Fd', 'fd'),
      of('Fc', 'fc'),
      of('precision of detection', 'precision'),
      of('recall of detection', 'recall'),
    ],
    mark: { x: protocols.default.threshold, label: 'of the card' },
  });
}

function recallFigure({ curve, confusion }: DatasetReport, title: string): string {
  return lineChart({
    title,
    xLabel: 'recall',
    yLabel: 'precision',
    series: [
      { name: 'detection', points: defined(curve.map((at) => [at.recall, at.precision])) },
      ...confusion.classes.map((name, k) => ({
        name,
        points: defined(curve.map(({ classes }) => [classes[k]!.recall, classes[k]!.precision])),
      })),
    ],
  });
}

function confusionFigure({ confusion }: DatasetReport, title: string): string {
  const { classes, pairs, missed, invented, unknown } = confusion;
  return heatMap({
    title,
    rowsTitle: 'labelled as',
    columnsTitle: 'found as',
    columns: [...classes, 'missed'],
    rows: [
      ...classes.map((name, k) => ({ name, counts: [...pairs[k]!, missed[k]!] })),
      ...(hasUnknown(confusion)
        ? [{ name: 'class not known', counts: [...unknown.pairs, unknown.missed] }]
        : []),
      { name: 'nothing', counts: [...invented, null] },
    ],
  });
}

function whereFigure({ organs, density, seams }: DatasetReport, title: string): string {
  const rows = (strata: readonly StratumScore[]): IntervalRow[] =>
    strata.map(({ name, score, intervals }) => ({
      name,
      scores: [
        { value: score.fd, interval: intervals?.fd ?? null },
        { value: score.fc, interval: intervals?.fc ?? null },
      ],
    }));
  return intervalChart({
    title,
    series: ['Fd', 'Fc'],
    groups: [
      { title: 'Organ', rows: rows(organs) },
      { title: 'Nuclei around', rows: rows(density) },
      { title: 'From the nearest seam', rows: rows(seams) },
    ].filter((group) => group.rows.length > 0),
  });
}

function reliabilityFigure({ calibration, protocols }: DatasetReport, title: string): string {
  const of = (name: string, { bins }: Reliability): Series => ({
    name,
    points: defined(bins.map((bin) => [bin.meanScore, bin.share])),
  });
  return lineChart({
    title,
    xLabel: 'score (mean of a bin)',
    yLabel: 'share that is a nucleus',
    hasDiagonal: true,
    series: [
      of('as it is', calibration.before),
      ...calibration.fitted.map(({ name, reliability }) => of(name, reliability)),
    ],
    mark: { x: protocols.default.threshold, label: 'threshold' },
  });
}
