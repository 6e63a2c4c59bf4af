/**
 * A report as Markdown, with its figures.
 *
 * @module
 */
import { hasUnknown } from '../../../shared/analysis/confusion-matrix.ts';
import type { StratumScore } from '../../../shared/analysis/strata.ts';
import { markdownTable } from '../../terminal/table.ts';
import { publishedGreedy, publishedGreedyRows } from '../published/greedy.ts';
import { classScoreNotes, figure, range, scoreMarkdown } from '../score-table.ts';
import type { AccuracyReport } from './accuracy-report.ts';
import type { CalibrationReport } from './calibration-report.ts';
import type { DatasetReport, ProtocolScore } from './dataset-report.ts';
import type { ReportFigure } from './report-figures.ts';

/** @param figures By dataset. */
export function reportMarkdown(
  report: AccuracyReport,
  figures: ReadonlyMap<string, readonly ReportFigure[]>,
): string {
  const { model, split, tta, datasets } = report;
  const how = tta ? ` Test-time ${tta} under the default protocol.` : '';
  const blocks = [
    `# ${model.id} ${model.version} (${model.precision}) on ${split}`,
    `Scores with 95 % bootstrap intervals over pictures.${how} All but the columns of the official protocol is under the default one; "greedy" are the rules that most papers use now (docs/scoring.md).`,
    summaryTable(datasets),
    ...datasets.flatMap(({ notes }) => notes),
    ...datasets.flatMap((dataset) => [
      ...datasetBlocks(dataset, split),
      ...(figures.get(dataset.dataset) ?? []).map(({ alt, fileName }) => `![${alt}](${fileName})`),
    ]),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** The line of each dataset in the summary, for Markdown and for the terminal. */
export function summaryRows(datasets: readonly DatasetReport[]): [string[], string[][]] {
  const of = ({ score, intervals }: ProtocolScore) => [
    `${figure(score.fd)} ${bracket(range(intervals?.fd))}`.trim(),
    `${figure(score.fc)} ${bracket(range(intervals?.fc))}`.trim(),
  ];
  return [
    [
      'dataset',
      'pictures',
      'threshold',
      'Fd',
      'Fc',
      'Fd, official',
      'Fc, official',
      'Fd, greedy',
      'Fc, greedy',
    ],
    datasets.map(({ name, pictures, protocols, greedy }) => [
      name,
      String(pictures),
      String(protocols.default.threshold),
      ...of(protocols.default),
      ...of(protocols.official),
      ...of(greedy),
    ]),
  ];
}

function summaryTable(datasets: readonly DatasetReport[]): string {
  return markdownTable(...summaryRows(datasets));
}

function datasetBlocks(report: DatasetReport, split: string): string[] {
  const { name, notes, protocols, confusion, organs, density, seams, calibration } = report;
  const { classes, pairs, missed, invented, unknown } = confusion;
  const counts = (row: readonly number[]) => row.map(String);
  return [
    `## ${name}`,
    ...notes,
    scoreMarkdown(protocols.default.score, protocols.default.intervals),
    ...classScoreNotes(protocols.default.score, 'default'),
    '### Who is taken for whom',
    markdownTable(
      ['labelled as', ...classes.map((one) => `found as ${one}`), 'missed'],
      [
        ...classes.map((one, k) => [one, ...counts(pairs[k]!), String(missed[k])]),
        ...(hasUnknown(confusion)
          ? [['class not known', ...counts(unknown.pairs), String(unknown.missed)]]
          : []),
        ['nothing', ...counts(invented), ''],
      ],
    ),
    ...greedyBlock(report, split),
    ...strataBlock('By organ', organs),
    ...strataBlock('By density of nuclei around', density),
    ...strataBlock('By distance to the nearest seam between windows', seams),
    ...calibrationBlock(calibration, protocols.default.threshold),
  ];
}

function greedyBlock({ dataset, greedy }: DatasetReport, split: string): string[] {
  const published = publishedGreedy(dataset, split);
  return [
    '### Greedy and gated, as P2PNet, PathContext and DeNuC score',
    scoreMarkdown(greedy.score, greedy.intervals),
    ...(published.length > 0 ? [markdownTable(...publishedGreedyRows(published))] : []),
  ];
}

function strataBlock(title: string, strata: readonly StratumScore[]): string[] {
  if (strata.length === 0) return [];
  const rows = strata.map(({ name, score, intervals }) => [
    name,
    String(score.tp + score.fn),
    figure(score.fd),
    range(intervals?.fd),
    figure(score.fc),
    range(intervals?.fc),
  ]);
  return [`### ${title}`, markdownTable(['', 'nuclei', 'Fd', '95 %', 'Fc', '95 %'], rows)];
}

function calibrationBlock({ before, fitted }: CalibrationReport, threshold: number): string[] {
  const ways = [
    ['as it is', figure(before.expectedError), figure(threshold)],
    ...fitted.map(({ name, reliability, thresholdProbability }) => [
      name,
      figure(reliability.expectedError),
      figure(thresholdProbability),
    ]),
  ];
  const rows = before.bins
    .filter(({ count }) => count > 0)
    .map(({ from, to, count, meanScore, share }) => [
      `${from.toFixed(1)} to ${to.toFixed(1)}`,
      String(count),
      figure(meanScore),
      figure(share),
    ]);
  return [
    '### Calibration',
    'Fitted on val; the last column is what becomes of the threshold.',
    markdownTable(['score', 'expected calibration error', 'threshold'], ways),
    markdownTable(['score', 'predictions', 'mean score', 'share that is a nucleus'], rows),
  ];
}

function bracket(text: string): string {
  return text === '' ? '' : `(${text})`;
}
