/**
 * CRCHistoPhenotypes as published (`CRCHistoPhenotypes_2016_04_28`): `Classification/imgN/imgN.bmp` with
 * `imgN_CLASS.mat` for four classes, and `Detection/imgN/imgN_detection.mat` with all nuclei. Each holds
 * `detection`, N x 2 (x, y), as MATLAB counts pixels: the centre of the first is 1, here it is 0. Nuclei of
 * `Detection` that no class has are nuclei of unknown class.
 *
 * @module
 */
import { crchisto } from '../../../shared/datasets/crchisto.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { Importer, LabelPoint, Labels, PublishedImage } from './importer.ts';
import { listFiles } from './list-files.ts';
import { MatLabels } from './mat-labels.ts';
import { filesByKey, pairFiles } from './pair-files.ts';

const classes = ['epithelial', 'inflammatory', 'fibroblast', 'others'] as const;

/** The same click in both folders: nuclei of one picture are never this near. */
const samePx = 0.5;

export const crchistoImporter: Importer = {
  dataset: crchisto,
  classes,
  async find(source) {
    const files = await listFiles(source);
    const filesLike = (pattern: RegExp) =>
      filesByKey(source, files, (path) => pattern.exec(path)?.[1]);
    const pictures = filesLike(/(?:^|\/)Classification\/(img\d+)\/\1\.bmp$/);
    const all = pairFiles(pictures, filesLike(/(?:^|\/)Detection\/(img\d+)\/\1_detection\.mat$/));
    if (all.length === 0) {
      throw new UniCellError(
        'SOURCE_NOT_FOUND',
        `${source} holds no Classification/imgN/imgN.bmp. Pass the folder CRCHistoPhenotypes_2016_04_28 with Classification and Detection.`,
      );
    }
    const byClass = classes.map((name) => {
      const labels = filesLike(new RegExp(`(?:^|/)Classification/(img\\d+)/\\1_${name}\\.mat$`));
      pairFiles(pictures, labels);
      return labels;
    });
    const images = all.map(
      ({ key, picture, label }): PublishedImage => ({
        name: key,
        path: picture,
        split: undefined,
        columns: {},
        readLabels: () =>
          readLabels(
            label,
            byClass.map((labels) => labels.get(key)!),
          ),
      }),
    );
    return { images };
  },
};

async function readLabels(detection: string, byClass: readonly string[]): Promise<Labels> {
  const points: LabelPoint[] = [];
  for (const [index, path] of byClass.entries()) {
    for (const point of (await MatLabels.read(path)).points('detection')) {
      points.push({ ...point, class: classes[index]! });
    }
  }
  const named = points.length;
  for (const point of (await MatLabels.read(detection)).points('detection')) {
    const isNamed = points.slice(0, named).some((one) => isSame(one, point));
    if (!isNamed) points.push({ ...point, class: '' });
  }
  return { mpp: crchisto.mpp, points: points.map(fromMatlab) };
}

/** A click in the outer half of the first pixel, and a little beyond, is still one on the picture. */
function fromMatlab(point: LabelPoint): LabelPoint {
  const fromZero = (value: number) => (value >= 0 ? Math.max(0, value - 1) : value);
  return { ...point, x: fromZero(point.x), y: fromZero(point.y) };
}

function isSame(a: { x: number; y: number }, b: { x: number; y: number }): boolean {
  return Math.abs(a.x - b.x) < samePx && Math.abs(a.y - b.y) < samePx;
}
