import { routeDatasets } from '../../shared/datasets/routing.ts';
import { scoreNotes } from '../../shared/datasets/score-notes.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { Protocol } from '../../shared/protocol/protocol.ts';
import type { ScoreMode } from '../../shared/scoring/score-mode.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import { evaluateSplit, type TestTimeAugmentation } from '../evaluation/evaluate-split.ts';
import { publishedGreedy, publishedGreedyRows } from '../evaluation/published/greedy.ts';
import { classScoreNotes, scoreMarkdown, scoreTable } from '../evaluation/score-table.ts';
import { table1Command } from '../evaluation/table1.ts';
import { readDataFolder } from '../labelled-data/data-folder.ts';
import { formatTable, markdownTable } from '../terminal/table.ts';

interface EvaluateCommandOptions {
  readonly data: string;
  readonly dataset?: string;
  readonly table1?: true;
  readonly split: string;
  readonly protocol?: Protocol;
  readonly mode?: ScoreMode;
  readonly threshold?: number;
  readonly tta?: TestTimeAugmentation;
  readonly precision: string;
  readonly model: string;
  readonly threads?: number;
  readonly ep: ProviderChoice;
  readonly json?: true;
  readonly markdown?: true;
}

/** `unicell evaluate`: runs the model on labelled splits and scores it. Returns what goes to stdout. */
export async function evaluateCommand(
  options: EvaluateCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const { dataset, table1, model, precision, threads, ep } = options;
  if (dataset === undefined && !table1) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      'Nothing says what to evaluate; pass --dataset with the id of a dataset, or --table1.',
    );
  }
  const host = await openEngineHost({ model, precision, threads, ep });
  const engine = host.engine('job');
  try {
    return dataset === undefined
      ? await table1Command(options, engine, signal)
      : await evaluateOne(dataset, options, engine, signal);
  } finally {
    await host.close();
  }
}

async function evaluateOne(
  id: string,
  options: EvaluateCommandOptions,
  engine: Engine,
  signal: AbortSignal,
): Promise<string> {
  const {
    data,
    split,
    mode,
    threshold,
    tta,
    json,
    markdown,
    precision,
    protocol = 'default',
  } = options;
  const [route, ...others] = routeDatasets(id, engine.card);
  if (!route || others.length > 0) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `--dataset ${id} means ${others.length + 1} datasets; one is evaluated at a time.`,
    );
  }
  const { dataset } = route;
  const images = await readDataFolder(data, dataset, split);
  const rules = { protocol, mode, threshold, tta };
  const evaluation = await evaluateSplit(images, dataset, rules, engine, signal);
  const { report, intervals, threshold: used, warnings } = evaluation;
  const published = report.mode === 'greedy' ? publishedGreedy(dataset.id, split) : [];
  const notes = scoreNotes(engine.card, dataset, split, images.length);
  const name = `${engine.card.id} ${engine.card.version}${precision === 'fp32' ? '' : ` ${precision}`}`;
  if (json) {
    const { images: _each, ...total } = report;
    const model = { model: name, modelPrecision: precision };
    const about = { dataset: dataset.id, split, ...model, protocol, tta, notes };
    const others = { ...(published.length > 0 && { published }) };
    const all = {
      ...about,
      images: images.length,
      threshold: used,
      ...total,
      intervals,
      warnings,
      ...others,
    };
    return JSON.stringify(all, null, 2);
  }
  const title = `${name} on ${dataset.name}, ${split}: ${images.length} pictures, ${protocol} protocol${tta ? ` with ${tta}` : ''}, threshold ${used}`;
  const rows = publishedGreedyRows(published);
  const below = [...classScoreNotes(report, report.mode), ...notes];
  const blocks = markdown
    ? [title, scoreMarkdown(report, intervals), ...below]
    : [[title, scoreTable(report, intervals), ...below].join('\n')];
  if (published.length > 0) blocks.push(markdown ? markdownTable(...rows) : formatTable(...rows));
  return blocks.join('\n\n');
}
