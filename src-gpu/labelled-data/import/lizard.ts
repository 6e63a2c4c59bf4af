/**
 * Lizard as published: `Lizard_Images1` and `Lizard_Images2` with `NAME.png`, `Lizard_Labels/Labels/NAME.mat`
 * (`class` and `centroid` beside the label map `inst_map`) and `Lizard_Labels/info.csv` with the three
 * folds; or the copy of UniCell's authors. The pictures that Lizard took from CoNSeP are left out, as the
 * paper does: it trains and tests on CoNSeP too (unicell-spec.md 13.1).
 *
 * @module
 */
import { basename, join } from 'node:path';
import { lizard } from '../../../shared/datasets/lizard.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { Size } from '../../../shared/image/source.ts';
import { readTable } from '../table.ts';
import { findHoverNet } from './hovernet.ts';
import type { Importer, Labels, PublishedImage, Split } from './importer.ts';
import { listFiles } from './list-files.ts';
import { MatLabels } from './mat-labels.ts';
import { filesByKey, pairFiles } from './pair-files.ts';

const classes = [
  'neutrophil',
  'epithelial',
  'lymphocyte',
  'plasma',
  'eosinophil',
  'connective',
] as const;

const types = new Map(classes.map((name, index) => [index + 1, { class: name }]));

const splitOfFold: Readonly<Record<string, Split>> = { 1: 'train', 2: 'val', 3: 'test' };

const isOfConsep = (name: string) => name.startsWith('consep_');

export const lizardImporter: Importer = {
  dataset: lizard,
  classes,
  async find(source) {
    const files = await listFiles(source);
    const copy = findHoverNet(source, files, { types, mpp: () => lizard.mpp });
    if (copy.length > 0) return { images: copy };
    const pairs = pairFiles(
      filesByKey(source, files, /(^|\/)lizard_images\d\/([^/]+\/)*[^/]+\.png$/i),
      filesByKey(source, files, /(^|\/)labels\/[^/]+\.mat$/i),
    );
    const infoPath = files.find((path) => basename(path) === 'info.csv');
    if (pairs.length === 0 || !infoPath) {
      throw new UniCellError(
        'SOURCE_NOT_FOUND',
        `${source} holds ${pairs.length === 0 ? 'no Lizard_Images1/NAME.png' : 'no info.csv'}. Pass the folder with Lizard_Images1, Lizard_Images2 and Lizard_Labels.`,
      );
    }
    const infoOf = await readInfo(join(source, infoPath));
    const kept = pairs.filter(({ key }) => !isOfConsep(key));
    const images = kept.map(({ key, picture, label }): PublishedImage => {
      const { fold, source: origin } = infoOf(key);
      return {
        name: key,
        path: picture,
        split: splitOfFold[fold],
        columns: { source: origin, fold },
        readLabels: (size) => readLabels(label, size),
      };
    });
    const left = pairs.length - kept.length;
    return {
      images,
      leftOut: left > 0 ? [{ what: 'pictures of CoNSeP', count: left }] : [],
    };
  },
};

async function readInfo(path: string) {
  const rows = await readTable(path, ['Filename', 'Source', 'Split']);
  const infos = new Map<string, { fold: string; source: string }>();
  for (const { line, cells } of rows) {
    const fold = cells.Split!;
    if (!(fold in splitOfFold)) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${path}, line ${line}: Split is ${JSON.stringify(fold)}; the folds are 1, 2 and 3.`,
      );
    }
    infos.set(cells.Filename!, { fold, source: cells.Source! });
  }
  return (name: string) => {
    const info = infos.get(name);
    if (info) return info;
    throw new UniCellError('POINTS_INVALID', `${path} has no line for the picture ${name}.`);
  };
}

async function readLabels(path: string, picture: Size): Promise<Labels> {
  const labels = await MatLabels.read(path);
  labels.requireMapOf('inst_map', picture);
  const centroids = labels.points('centroid');
  const named = labels.classes('class', centroids.length, 'centroid', types);
  return {
    mpp: lizard.mpp,
    points: centroids.map((point, i) => ({ ...point, ...named[i]! })),
  };
}
