import { atThreshold } from '../../shared/analysis/analysed-image.ts';
import type { ModelDataset } from '../../shared/datasets/model-datasets.ts';
import { scoreNotes } from '../../shared/datasets/score-notes.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { PROTOCOLS } from '../../shared/protocol/protocol.ts';
import { bootstrapIntervals } from '../../shared/scoring/bootstrap.ts';
import { nucleiOutside } from '../../shared/scoring/ignored-boxes.ts';
import { scoreImages } from '../../shared/scoring/score-images.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import { detectSplit } from '../evaluation/detect-split.ts';
import {
  detectorOf,
  evaluateSplit,
  type TestTimeAugmentation,
} from '../evaluation/evaluate-split.ts';
import type { AccuracyReport } from '../evaluation/report/accuracy-report.ts';
import { calibrationReport } from '../evaluation/report/calibration-report.ts';
import {
  analyse,
  type DatasetReport,
  LOWEST_SCORE,
  type ReportedImage,
} from '../evaluation/report/dataset-report.ts';
import { type ReportFigure, reportFigures } from '../evaluation/report/report-figures.ts';
import { reportMarkdown, summaryRows } from '../evaluation/report/report-markdown.ts';
import { type LabelledImage, readDataFolder } from '../labelled-data/data-folder.ts';
import { formatTable } from '../terminal/table.ts';
import { measuredDatasets } from './measured-datasets.ts';
import { writeTogether } from './write-together.ts';

interface ReportCommandOptions {
  readonly data: string;
  readonly out: string;
  readonly dataset?: readonly string[];
  readonly split: string;
  readonly tta?: TestTimeAugmentation;
  readonly precision: string;
  readonly model: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
  readonly json?: true;
}

/** `unicell report`: all that is measured of a model, in files. Returns what goes to stdout. */
export async function reportCommand(
  options: ReportCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const { data, out, split, tta, model, precision, threads, ep } = options;
  const host = await openEngineHost({ model, precision, threads, ep });
  const datasets: DatasetReport[] = [];
  try {
    const engine = host.engine('job');
    for (const dataset of measuredDatasets(data, options.dataset, engine.card)) {
      datasets.push(await datasetReport(data, dataset, options, engine, signal));
    }
    const { id, version } = host.card;
    const report: AccuracyReport = {
      schema: 1,
      model: { id, version, precision },
      split,
      tta,
      lowestScore: LOWEST_SCORE,
      datasets,
    };
    const paths = await writeReport(out, report, signal);
    if (options.json) return JSON.stringify(report, null, 2);
    const title = `${id} ${version} ${precision} on ${split}${tta ? ` with ${tta}` : ''}`;
    const table = formatTable(...summaryRows(datasets));
    const notes = datasets.flatMap((one) => one.notes);
    const written = `Wrote ${paths.length} files to ${out}; begin with report.md.`;
    return [title, table, ...notes, written].join('\n');
  } finally {
    await host.close();
  }
}

async function datasetReport(
  folder: string,
  dataset: ModelDataset,
  { split, tta }: ReportCommandOptions,
  engine: Engine,
  signal: AbortSignal,
): Promise<DatasetReport> {
  const images = await readDataFolder(folder, dataset, split);
  const look = async (wanted: readonly LabelledImage[]): Promise<ReportedImage[]> => {
    const lowest = Math.min(LOWEST_SCORE, dataset.threshold);
    const detect = detectorOf('default', tta);
    const { images: seen } = await detectSplit(wanted, dataset, detect, lowest, engine, signal);
    return seen.map((one) => ({
      ...one,
      id: one.image,
      truth: nucleiOutside(one.truth, one.ignored),
      found: nucleiOutside(one.found, one.ignored),
      radiusPx: PROTOCOLS.default.matchRadiusPx(dataset, one.mpp),
    }));
  };
  const pictures = await look(images);
  const fitted =
    split === 'val'
      ? pictures
      : await look((await readDataFolder(folder, dataset, undefined)).filter(isVal));
  const classes = dataset.classes.map(({ name }) => name);
  const kept = pictures.map((picture) => atThreshold(picture, dataset.threshold));
  const own = scoreImages(kept, classes);
  const greedy = scoreImages(kept, classes, { mode: 'greedy' });
  const rules = { protocol: 'official' } as const;
  const official = await evaluateSplit(images, dataset, rules, engine, signal);
  const notes = scoreNotes(engine.card, dataset, split, images.length);
  const { images: _own, mode: _default, ...score } = own;
  const { images: _greedy, mode: _gated, ...greedyScore } = greedy;
  const { images: _official, mode: _theirs, ...officialScore } = official.report;
  return {
    dataset: dataset.id,
    name: dataset.name,
    pictures: images.length,
    notes,
    protocols: {
      default: { threshold: dataset.threshold, score, intervals: bootstrapIntervals(own) },
      official: {
        threshold: official.threshold,
        score: officialScore,
        intervals: official.intervals,
      },
    },
    greedy: {
      threshold: dataset.threshold,
      score: greedyScore,
      intervals: bootstrapIntervals(greedy),
    },
    ...analyse(pictures, dataset, engine.card),
    calibration: calibrationReport(pictures, fitted, dataset.threshold),
  };
}

const isVal = ({ split }: LabelledImage) => split === 'val';

async function writeReport(
  folder: string,
  report: AccuracyReport,
  signal: AbortSignal,
): Promise<string[]> {
  const figures = new Map<string, readonly ReportFigure[]>(
    report.datasets.map((one) => [one.dataset, reportFigures(one, report.split)]),
  );
  const encode = (text: string) => new TextEncoder().encode(text);
  return writeTogether(
    folder,
    [
      { name: 'report.json', content: encode(`${JSON.stringify(report, null, 2)}\n`) },
      { name: 'report.md', content: encode(reportMarkdown(report, figures)) },
      ...[...figures.values()].flat().map(({ fileName, svg }) => ({
        name: fileName,
        content: encode(svg),
      })),
    ],
    signal,
  );
}
