/**
 * Anyone's labels: a folder of pictures with their nuclei in COCO, QuPath's GeoJSON (points, outlines), CSV or the JSON of
 * other programs. Either every picture has a file of its name beside it, or one file names its pictures.
 *
 * @module
 */
import { extname, parse, relative } from 'node:path';
import { type Dataset, foldName } from '../../../shared/datasets/dataset.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { NucleiByImage } from '../../../shared/formats/format.ts';
import { parseJson } from '../../../shared/formats/parse-json.ts';
import { crowdBoxes, isCoco, readCoco } from '../../../shared/formats/read-coco.ts';
import type { Box } from '../../../shared/scoring/ignored-boxes.ts';
import { UNKNOWN_CLASS } from '../../../shared/scoring/labelled-points.ts';
import { readPoints } from '../read-points.ts';
import { readText } from '../read-text.ts';
import type { Importer, LabelPoint, PublishedImage, Split } from './importer.ts';
import { listFiles } from './list-files.ts';
import { type FilePair, filesByKey, pairFiles } from './pair-files.ts';

const PICTURES = /\.(png|jpe?g|tiff?|svs|webp|bmp)$/i;
const LABELS = /\.(geojson|csv|tsv|json)$/i;
const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** How people call the folders that they sort pictures into. */
const SPLITS_BY_NAME: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
  testing: 'test',
};

/** What the owner says of the data. */
export interface OwnData {
  /** Lower-case letters, digits and dashes. */
  readonly id: string;
  /** In the order of the head. */
  readonly classes: readonly string[];
}

/** @throws {UniCellError} `INVALID_OPTIONS` for an id or classes that no model could have. */
export function ownImporter({ id, classes }: OwnData): Importer {
  const dataset = ownDataset(id, classes);
  return {
    dataset,
    classes: dataset.classes.map(({ name }) => name),
    async find(source) {
      const files = await listFiles(source);
      const pictures = filesByKey(source, files, PICTURES);
      if (pictures.size === 0) {
        throw new UniCellError(
          'SOURCE_NOT_FOUND',
          `${source} holds no picture (PNG, JPEG, TIFF, SVS, WebP, BMP).`,
        );
      }
      const labels = filesByKey(source, files, LABELS);
      const isTogether = labels.size > 0 && [...labels.keys()].every((key) => !pictures.has(key));
      const images = isTogether
        ? await labelledTogether(source, pictures, [...labels.values()], dataset)
        : labelledApart(source, pairFiles(pictures, labels), dataset);
      return { images };
    },
  };
}

/** A file of labels for each picture, of its name. */
function labelledApart(
  source: string,
  pairs: readonly FilePair[],
  dataset: Dataset,
): PublishedImage[] {
  return pairs.map(({ key, picture, label }) => ({
    ...{ name: key, path: picture, split: splitOf(folders(source, picture)), columns: {} },
    async readLabels() {
      const { found, crowds } = await readLabelFile(label, dataset);
      if (found.size > 1) {
        throw new UniCellError(
          'POINTS_INVALID',
          `${label} has the nuclei of ${found.size} pictures (${[...found.keys()].slice(0, 5).join(', ')}), and is named as ${picture} alone.`,
        );
      }
      const ignored = crowds.get(key) ?? [];
      const points = [...found.values()].flatMap((nuclei) => pointsOf(nuclei, dataset));
      return { mpp: undefined, points, ignored };
    },
  }));
}

/** Files that name the pictures whose nuclei they hold. */
async function labelledTogether(
  source: string,
  pictures: ReadonlyMap<string, string>,
  labels: readonly string[],
  dataset: Dataset,
): Promise<PublishedImage[]> {
  const images = new Map<string, PublishedImage>();
  for (const label of labels) {
    const ofLabel = splitOf([...folders(source, label), parse(label).name]);
    const { found, crowds } = await readLabelFile(label, dataset);
    for (const [image, nuclei] of found) {
      const name = parse(image).name;
      const path = pictures.get(name);
      if (path === undefined) {
        throw new UniCellError(
          'SOURCE_NOT_FOUND',
          image === ''
            ? `${label} does not name its picture, and none of the pictures is called so. Call it like its picture, or give it a column "image".`
            : `${label} labels ${JSON.stringify(image)}, and there is no picture of that name.`,
        );
      }
      if (images.has(name)) {
        throw new UniCellError(
          'POINTS_INVALID',
          `${label} labels ${image}, which another file labels too; keep one of them.`,
        );
      }
      const ignored = crowds.get(name) ?? [];
      const points = pointsOf(nuclei, dataset);
      images.set(name, {
        ...{ name, path, split: splitOf(folders(source, path)) ?? ofLabel, columns: {} },
        readLabels: async () => ({ mpp: undefined, points, ignored }),
      });
    }
  }
  const without = [...pictures].find(([name]) => !images.has(name));
  if (without) {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${without[1]} is in none of ${labels.join(', ')}. A picture without a nucleus must be named too (images of COCO), or be taken out.`,
    );
  }
  return [...pictures.keys()].map((name) => images.get(name)!);
}

/** Between the folder that was given and a file in it: what lies above is somebody's home. */
function folders(source: string, path: string): string[] {
  return relative(source, path).split(/[\\/]/).slice(0, -1);
}

function splitOf(names: readonly string[]): Split | undefined {
  return names
    .map((name) => SPLITS_BY_NAME[name.toLowerCase()])
    .findLast((split) => split !== undefined);
}

function pointsOf(
  {
    x,
    y,
    class: classes,
  }: { x: ArrayLike<number>; y: ArrayLike<number>; class: ArrayLike<number> },
  dataset: Dataset,
): LabelPoint[] {
  return Array.from({ length: x.length }, (_, i) => {
    const k = classes[i]!;
    const name = k === UNKNOWN_CLASS ? '' : dataset.classes[k]!.name;
    return { x: x[i]!, y: y[i]!, class: name };
  });
}

/** Nuclei by picture, and boxes of crowds by the names of pictures without an extension. */
async function readLabelFile(
  label: string,
  dataset: Dataset,
): Promise<{ found: NucleiByImage; crowds: ReadonlyMap<string, readonly Box[]> }> {
  if (extname(label).toLowerCase() === '.json') {
    const file = parseJson(await readText(label), label);
    if (isCoco(file)) {
      const crowds = [...crowdBoxes(file, label)];
      return {
        found: readCoco(file, { dataset, origin: label }),
        crowds: new Map(crowds.map(([name, boxes]) => [parse(name).name, boxes])),
      };
    }
  }
  return { found: await readPoints(label, dataset), crowds: new Map() };
}

function ownDataset(id: string, classes: readonly string[]): Dataset {
  const names = classes.map((name) => name.trim()).filter((name) => name !== '');
  if (!ID.test(id)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The folder of --out is called ${JSON.stringify(id)}, which becomes the dataset's id: lower-case letters, digits and dashes, such as my-lab.`,
    );
  }
  if (names.length === 0 || new Set(names.map(foldName)).size < names.length) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `--classes is ${JSON.stringify(classes.join(','))}; give the names of the classes by commas, each once: --classes Tumour,Stroma.`,
    );
  }
  return {
    ...{ id, name: id, matchRadiusUm: 3, mpp: 0.5, organs: [], promptCategories: [] },
    classes: names.map((name) => ({ name, label: name, colour: '#3366cc', aliases: [] })),
    citation: 'your own',
    licence: 'yours',
  };
}
