/**
 * BRCA-M2C as published (github.com/TopoXLab/Dataset-BRCA-M2C): `images/NAME.png`,
 * `labels/NAME_gt_class_coords.txt` with `y x class` per line (1 lymphocyte, 2 tumour or epithelial,
 * 3 stromal), and the split in `brca_ds_{train,val,test}.txt`.
 *
 * @module
 */
import { basename, join } from 'node:path';
import { brcaM2c } from '../../../shared/datasets/brca-m2c.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { readText } from '../read-text.ts';
import {
  type Importer,
  type LabelPoint,
  type PublishedImage,
  SPLITS,
  type Split,
} from './importer.ts';
import { listFiles } from './list-files.ts';
import { readNumberRows } from './number-rows.ts';
import { filesByKey, pairFiles } from './pair-files.ts';
import { tcgaColumns } from './tcga.ts';

const labelSuffix = '_gt_class_coords.txt';

const classOfType = new Map([
  [1, 'lymphocyte'],
  [2, 'tumor_epithelial'],
  [3, 'stromal'],
]);

export const brcaM2cImporter: Importer = {
  dataset: brcaM2c,
  classes: ['tumor_epithelial', 'stromal', 'lymphocyte'],
  async find(source) {
    const files = await listFiles(source);
    const filesIn = (folder: string, suffix: string) =>
      filesByKey(source, files, (path) =>
        path.startsWith(`${folder}/`) && path.endsWith(suffix) ? basename(path, suffix) : undefined,
      );
    const pairs = pairFiles(filesIn('images', '.png'), filesIn('labels', labelSuffix));
    if (pairs.length === 0) {
      throw new UniCellError(
        'SOURCE_NOT_FOUND',
        `${source} holds no images/NAME.png. Pass the folder of Dataset-BRCA-M2C with images, labels and brca_ds_train.txt.`,
      );
    }
    const splits = await readSplits(source, new Set(pairs.map(({ key }) => key)));
    const images = pairs.map(({ key, picture, label }): PublishedImage => {
      const split = splits.get(key);
      if (split) {
        const readLabels = async () => ({ mpp: brcaM2c.mpp, points: await readPoints(label) });
        return { name: key, path: picture, split, columns: tcgaColumns(key), readLabels };
      }
      throw new UniCellError(
        'POINTS_INVALID',
        `${picture} is in none of brca_ds_train.txt, brca_ds_val.txt and brca_ds_test.txt; each picture must be in one.`,
      );
    });
    return { images };
  },
};

async function readSplits(
  source: string,
  pictures: ReadonlySet<string>,
): Promise<Map<string, Split>> {
  const splits = new Map<string, Split>();
  for (const split of SPLITS) {
    const path = join(source, `brca_ds_${split}.txt`);
    for (const [index, line] of (await readText(path)).split('\n').entries()) {
      const name = basename(line.trim(), '.png');
      if (name === '') continue;
      const other = splits.get(name);
      if (!pictures.has(name)) {
        throw new UniCellError(
          'SOURCE_NOT_FOUND',
          `${path}, line ${index + 1}: there is no images/${name}.png; unpack the whole dataset.`,
        );
      }
      if (other) {
        throw new UniCellError(
          'POINTS_INVALID',
          `${path}, line ${index + 1}: ${name} is in ${other} too; each picture must be in one split.`,
        );
      }
      splits.set(name, split);
    }
  }
  return splits;
}

async function readPoints(path: string): Promise<LabelPoint[]> {
  const rows = await readNumberRows(path, ['y', 'x', 'class'], ' ');
  return rows.map(({ line, values }) => {
    const [y, x, type] = values as [number, number, number];
    const found = classOfType.get(type);
    if (found) return { x, y, class: found };
    throw new UniCellError(
      'POINTS_INVALID',
      `${path}, line ${line}: class is ${type}; it must be 1 (lymphocyte), 2 (tumour, epithelial) or 3 (stromal).`,
    );
  });
}
