import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelDataset, modelDatasets } from '../../shared/datasets/model-datasets.ts';
import { datasets } from '../../shared/datasets/registry.ts';
import { scoreNotes } from '../../shared/datasets/score-notes.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { Protocol } from '../../shared/protocol/protocol.ts';
import type { ScoreMode } from '../../shared/scoring/score-mode.ts';
import { readDataFolder } from '../labelled-data/data-folder.ts';
import { evaluateSplit } from './evaluate-split.ts';
import {
  type Cell,
  PUBLISHED,
  PUBLISHED_NOTES,
  TABLE1_DATASETS,
  type Table1Row,
  withMean,
} from './published/table1.ts';
import { table1Json, table1Markdown, table1Text } from './published/write-table1.ts';

export interface Table1Options {
  /** Folder with one folder per dataset, named by its id. */
  readonly data: string;
  readonly split: string;
  /** Both when left out. */
  readonly protocol?: Protocol;
  readonly mode?: ScoreMode;
  readonly threshold?: number;
  readonly json?: true;
  readonly markdown?: true;
}

/** `unicell evaluate --table1`: the paper's rows and the model's on the datasets that are there. */
export async function table1Command(
  options: Table1Options,
  engine: Engine,
  signal: AbortSignal,
): Promise<string> {
  const present = TABLE1_DATASETS.filter((id) => existsSync(join(options.data, id, 'images.csv')));
  if (present.length === 0) {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${options.data} has none of the paper's datasets (${TABLE1_DATASETS.join(', ')}). Pass the folder that holds their folders, each with an images.csv; \`unicell import\` makes them.`,
    );
  }
  const heads = modelDatasets(engine.card).filter(({ id }) =>
    present.some((there) => there === id),
  );
  if (heads.length === 0) {
    throw new UniCellError(
      'DATASET_NOT_IN_MODEL',
      `Model ${engine.card.id} has no head for ${present.join(', ')}, which ${options.data} holds. Pass --model with one that has.`,
    );
  }
  const protocols: readonly Protocol[] = options.protocol
    ? [options.protocol]
    : ['default', 'official'];
  const rows: Table1Row[] = [];
  const split = new Set<string>();
  for (const protocol of protocols) {
    const { row, notes } = await measuredRow(protocol, heads, options, engine, signal);
    rows.push(row);
    for (const note of notes) split.add(note);
  }
  const notes = [
    ...PUBLISHED_NOTES,
    ...gaps(present, heads, engine.card.id),
    ...caveats(present),
    ...split,
  ];
  const table = { rows: [...PUBLISHED, ...rows], notes };
  if (options.json) return table1Json(table);
  return options.markdown ? table1Markdown(table) : table1Text(table);
}

async function measuredRow(
  protocol: Protocol,
  heads: readonly ModelDataset[],
  { data, split, mode, threshold }: Table1Options,
  engine: Engine,
  signal: AbortSignal,
): Promise<{ row: Table1Row; notes: string[] }> {
  const notes: string[] = [];
  const cells: Record<string, Cell> = {};
  for (const dataset of heads) {
    const images = await readDataFolder(join(data, dataset.id), dataset, split);
    notes.push(...scoreNotes(engine.card, dataset, split, images.length));
    const rules = { protocol, mode, threshold };
    const evaluation = await evaluateSplit(images, dataset, rules, engine, signal);
    const { fd, fc } = evaluation.report;
    const { intervals: all } = evaluation;
    if (fd === null) continue;
    cells[dataset.id] = { fd, fc, ...(all && { intervals: { fd: all.fd, fc: all.fc } }) };
  }
  const { id, version, datasets: trained } = engine.card;
  const row: Table1Row = {
    method: `${id} ${version}`,
    training: trained.length > 1 ? 'joint' : 'separate',
    source: `measured, ${split} split, ${protocol} protocol`,
    cells,
  };
  return { row: withMean(row), notes };
}

function gaps(present: readonly string[], heads: readonly ModelDataset[], model: string): string[] {
  const names = (ids: readonly string[]) => ids.map((id) => datasets.get(id).name).join(', ');
  const absent = TABLE1_DATASETS.filter((id) => !present.includes(id));
  const headless = present.filter((id) => heads.every((head) => head.id !== id));
  return [
    ...(absent.length > 0 ? [`Not in the data folder: ${names(absent)}.`] : []),
    ...(headless.length > 0 ? [`${model} has no head for ${names(headless)}.`] : []),
  ];
}

/** Where a measured figure and the paper's are not of the same pictures. */
function caveats(present: readonly string[]): string[] {
  return present.includes('ocelot')
    ? [
        'The paper split OCELOT 7:3 at random and did not publish the split: its OCELOT figures and the measured ones are not of the same pictures.',
      ]
    : [];
}
