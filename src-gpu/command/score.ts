import { stat } from 'node:fs/promises';
import type { Dataset } from '../../shared/datasets/dataset.ts';
import { modelDatasets } from '../../shared/datasets/model-datasets.ts';
import { DatasetRegistry, datasets } from '../../shared/datasets/registry.ts';
import { splitNote } from '../../shared/datasets/split-note.ts';
import { UniCellError } from '../../shared/errors.ts';
import { resolveMpp } from '../../shared/image/resolution.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { bootstrapIntervals } from '../../shared/scoring/bootstrap.ts';
import { matchRadiusPx } from '../../shared/scoring/match-points.ts';
import { pairImages } from '../../shared/scoring/pair-images.ts';
import { scoreImages } from '../../shared/scoring/score-images.ts';
import type { ScoreMode } from '../../shared/scoring/score-mode.ts';
import { findModel } from '../engine/model-store.ts';
import { classScoreNotes, scoreTable } from '../evaluation/score-table.ts';
import { readDataFolder } from '../labelled-data/data-folder.ts';
import { type BoxesByImage, readIgnored } from '../labelled-data/read-ignored.ts';
import { readPoints } from '../labelled-data/read-points.ts';

interface ScoreCommandOptions {
  readonly dataset: string;
  readonly mpp?: number;
  readonly split?: string;
  readonly image?: string;
  readonly ignore?: string;
  readonly mode?: ScoreMode;
  readonly model?: string;
  readonly json?: true;
}

type PointsByImage = ReadonlyMap<string, Nuclei>;

/** True nuclei by picture; a data folder also lists the pictures and their resolution. */
interface Truth {
  readonly points: PointsByImage;
  readonly images?: readonly string[];
  readonly mppOf: ReadonlyMap<string, number>;
  readonly ignored: BoxesByImage;
}

/** `unicell score`: predictions against truth. Returns what goes to stdout. */
export async function scoreCommand(
  truthPath: string,
  predictionsPath: string,
  options: ScoreCommandOptions,
): Promise<string> {
  const dataset = await datasetOf(options);
  const truth = await readTruth(truthPath, dataset, options);
  const predictions = named(
    await readPoints(predictionsPath, dataset, mppOf(truth, options)),
    options.image,
  );
  requireNames(truth.points, truthPath, predictions, predictionsPath);
  const ignored = await ignoredBoxes(truth, predictions, options);
  const pairs = pairImages(truth.points, predictions, truth.images);
  const scored = pairs.map((pair) => {
    const mpp = resolveMpp({ request: options.mpp, header: truth.mppOf.get(pair.id) });
    const radiusPx = matchRadiusPx(dataset.matchRadiusUm, mpp.value);
    return { ...pair, radiusPx, ignored: ignored.get(pair.id) ?? [] };
  });
  const classes = dataset.classes.map(({ name }) => name);
  const report = scoreImages(scored, classes, { mode: options.mode ?? 'default' });
  const intervals = bootstrapIntervals(report);
  const note = splitNote(dataset, options.split, scored.length);
  const notes = note === undefined ? [] : [note];
  if (options.json) {
    return JSON.stringify({ dataset: dataset.id, ...report, intervals, notes }, null, 2);
  }
  const silent = scored.filter(({ id }) => !predictions.has(id)).length;
  const remark = silent > 0 ? ` (${silent} of them without any prediction)` : '';
  const title = `${dataset.name}: ${scored.length} pictures${remark}`;
  const why = classScoreNotes(report, report.mode);
  return [title, scoreTable(report, intervals), ...why, ...notes].join('\n');
}

/** A dataset of the registry or, with `--model`, one that only the model's card knows. */
async function datasetOf({ dataset, model }: ScoreCommandOptions): Promise<Dataset> {
  if (model === undefined) return datasets.get(dataset);
  return new DatasetRegistry(modelDatasets((await findModel(model)).card)).get(dataset);
}

async function readTruth(
  path: string,
  dataset: Dataset,
  { split, image, mpp }: ScoreCommandOptions,
): Promise<Truth> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  if (!isFolder) {
    if (split !== undefined) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `--split ${split} needs a data folder with an images.csv that says which picture is in it; ${path} is a file.`,
      );
    }
    return {
      points: named(await readPoints(path, dataset, () => mpp), image),
      mppOf: new Map(),
      ignored: new Map(),
    };
  }
  const listed = await readDataFolder(path, dataset, split);
  const wanted = listed.filter((one) => image === undefined || one.image === image);
  return {
    points: new Map(wanted.map((one) => [one.image, one.truth])),
    images: wanted.map((one) => one.image),
    mppOf: new Map(wanted.map((one) => [one.image, one.mpp])),
    ignored: new Map(wanted.map((one) => [one.image, one.ignored])),
  };
}

/** For predictions in micrometres; a file that names no picture is of the one that is scored. */
function mppOf(truth: Truth, { mpp, image }: ScoreCommandOptions) {
  return (name: string) => mpp ?? truth.mppOf.get(name === '' ? (image ?? '') : name);
}

/** Of `--ignore`; of the data folder without it. With `--image`, the boxes of other pictures do not matter. */
async function ignoredBoxes(
  truth: Truth,
  predictions: PointsByImage,
  { ignore, image }: ScoreCommandOptions,
): Promise<BoxesByImage> {
  if (ignore === undefined) return truth.ignored;
  if (truth.images !== undefined) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `--ignore ${ignore} is for truth in a file; a data folder has an ignore.csv of its own.`,
    );
  }
  const isScored = (name: string) => truth.points.has(name) || predictions.has(name);
  return readIgnored(ignore, (name) => image !== undefined || isScored(name));
}

/** With `--image`, only that picture; points of a file that names none are of it. */
function named(points: PointsByImage, image: string | undefined): PointsByImage {
  if (image === undefined) return points;
  const own = points.get(image) ?? points.get('');
  return new Map(own && [[image, own]]);
}

function requireNames(
  truth: PointsByImage,
  truthPath: string,
  predictions: PointsByImage,
  predictionsPath: string,
): void {
  if (truth.has('') === predictions.has('')) return;
  const [unnamed, other] = truth.has('')
    ? [truthPath, predictionsPath]
    : [predictionsPath, truthPath];
  throw new UniCellError(
    'SCORE_MISMATCH',
    `${unnamed} does not name its picture and ${other} does. Pass --image with the picture that ${unnamed} is of.`,
  );
}
