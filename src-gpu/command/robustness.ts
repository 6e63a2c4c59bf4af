import type { ModelDataset } from '../../shared/datasets/model-datasets.ts';
import { scoreNotes } from '../../shared/datasets/score-notes.ts';
import { detect } from '../../shared/detect/detect.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import type { View } from '../evaluation/detect-split.ts';
import { evaluateSplit } from '../evaluation/evaluate-split.ts';
import { emptyFields } from '../evaluation/perturbations/empty-fields.ts';
import { PERTURBATIONS } from '../evaluation/perturbations/perturbations.ts';
import {
  type DatasetRobustness,
  type FieldCounts,
  fall,
  fieldRows,
  type PerturbedScore,
  perturbationRows,
  type RobustnessReport,
  robustnessMarkdown,
} from '../evaluation/report/robustness-report.ts';
import { readDataFolder } from '../labelled-data/data-folder.ts';
import { formatTable } from '../terminal/table.ts';
import { measuredDatasets } from './measured-datasets.ts';
import { writeTogether } from './write-together.ts';

interface RobustnessCommandOptions {
  readonly data: string;
  readonly out: string;
  readonly dataset?: readonly string[];
  readonly split: string;
  readonly precision: string;
  readonly model: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
  readonly json?: true;
}

/** Several windows of 256 px with seams between them, or one of 512. */
const FIELD_SIDE_PX = 512;

/** `unicell robustness`: a split under every perturbation, and fields without tissue. Returns what goes to stdout. */
export async function robustnessCommand(
  options: RobustnessCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const { data, out, split, model, precision, threads, ep } = options;
  const host = await openEngineHost({ model, precision, threads, ep });
  try {
    const engine = host.engine('job');
    const wanted = measuredDatasets(data, options.dataset, engine.card);
    const datasets: DatasetRobustness[] = [];
    for (const dataset of wanted) {
      datasets.push(await datasetRobustness(dataset, options, engine, signal));
    }
    const { id, version } = host.card;
    const report: RobustnessReport = {
      schema: 1,
      model: { id, version, precision },
      split,
      fieldSidePx: FIELD_SIDE_PX,
      datasets,
      fields: await countInFields(wanted, engine, signal),
    };
    const encode = (text: string) => new TextEncoder().encode(text);
    const paths = await writeTogether(
      out,
      [
        { name: 'robustness.json', content: encode(`${JSON.stringify(report, null, 2)}\n`) },
        { name: 'robustness.md', content: encode(robustnessMarkdown(report)) },
      ],
      signal,
    );
    if (options.json) return JSON.stringify(report, null, 2);
    return [
      `${id} ${version} ${precision} on ${split}; Fd / Fc, and what it changes; ! loses more than it may`,
      formatTable(...perturbationRows(report, false)),
      '',
      formatTable(...fieldRows(report)),
      ...datasets.flatMap(({ notes }) => notes),
      `Wrote ${paths.join(' and ')}.`,
    ].join('\n');
  } finally {
    await host.close();
  }
}

async function datasetRobustness(
  dataset: ModelDataset,
  { data, split }: RobustnessCommandOptions,
  engine: Engine,
  signal: AbortSignal,
): Promise<DatasetRobustness> {
  const images = await readDataFolder(data, dataset, split);
  const scoreOf = async (view?: View) => {
    const rules = { protocol: 'default', view } as const;
    return (await evaluateSplit(images, dataset, rules, engine, signal)).report;
  };
  const { fd, fc } = await scoreOf();
  const perturbations: PerturbedScore[] = [];
  for (const { id, name, allowedFall = null, apply } of PERTURBATIONS) {
    const report = await scoreOf((picture) => apply(picture, engine.card.mpp));
    perturbations.push({
      id,
      name,
      fd: report.fd,
      fc: report.fc,
      fallFd: fall(fd, report.fd),
      fallFc: fall(fc, report.fc),
      allowedFall,
    });
  }
  const notes = scoreNotes(engine.card, dataset, split, images.length);
  return {
    dataset: dataset.id,
    name: dataset.name,
    pictures: images.length,
    threshold: dataset.threshold,
    notes,
    fd,
    fc,
    perturbations,
  };
}

async function countInFields(
  datasets: readonly ModelDataset[],
  engine: Engine,
  signal: AbortSignal,
): Promise<FieldCounts[]> {
  const counts: FieldCounts[] = [];
  for (const { id, name, raster } of emptyFields(FIELD_SIDE_PX)) {
    const options = { dataset: datasets.map((one) => one.id), mpp: engine.card.mpp, signal };
    const { results } = await detect(new RasterSource(raster), options, engine);
    const nuclei = results.map((one) => [one.dataset.id, one.nuclei.length] as const);
    counts.push({ id, name, nuclei: Object.fromEntries(nuclei) });
  }
  return counts;
}
