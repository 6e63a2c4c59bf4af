/**
 * MoNuSAC as published: `MoNuSAC_images_and_annotations/PATIENT/NAME.xml` for training and
 * `MoNuSAC Testing Data and Annotations/PATIENT/NAME.xml` for testing, each with its picture as TIFF and
 * SVS beside it; or the copy of UniCell's authors. Outlines become their centroids. The test set has
 * regions marked Ambiguous, in which nobody could say what is a nucleus: their bounding boxes go to `ignore.csv`.
 *
 * @module
 */
import { basename, extname, join, parse, resolve } from 'node:path';
import { findClass } from '../../../shared/datasets/dataset.ts';
import { monusac } from '../../../shared/datasets/monusac.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { Box } from '../../../shared/scoring/ignored-boxes.ts';
import { openSlide } from '../../slides/open-slide.ts';
import { readText } from '../read-text.ts';
import { parseAperioXml } from './aperio-xml.ts';
import { findHoverNet } from './hovernet.ts';
import type { Importer, LabelPoint, Labels, PublishedImage } from './importer.ts';
import { listFiles } from './list-files.ts';
import { filesByKey, pairFiles } from './pair-files.ts';
import { areaCentroid, boundsOf } from './polygon.ts';
import { tcgaColumns } from './tcga.ts';

const classes = ['epithelial', 'lymphocyte', 'macrophage', 'neutrophil'] as const;

const types = new Map(classes.map((name, index) => [index + 1, { class: name }]));

/** The best last: the SVS is JPEG 2000, which takes long to decode. */
const imageTypes = ['.svs', '.png', '.tiff', '.tif'];

const withoutType = (path: string) => path.slice(0, -extname(path).length);

export const monusacImporter: Importer = {
  dataset: monusac,
  classes,
  async find(source) {
    const files = await listFiles(source);
    const copy = findHoverNet(source, files, { types, mpp: () => monusac.mpp });
    if (copy.length > 0) return { images: copy };
    const labels = filesByKey(source, files, (path) =>
      /\.xml$/i.test(path) ? withoutType(path) : undefined,
    );
    const pictures = new Map<string, string>();
    for (const type of imageTypes) {
      for (const path of files.filter((one) => one.toLowerCase().endsWith(type))) {
        pictures.set(withoutType(path), join(source, path));
      }
    }
    const pairs = pairFiles(pictures, labels);
    if (pairs.length === 0) {
      throw new UniCellError(
        'SOURCE_NOT_FOUND',
        `${source} holds no XML annotations. Pass the folder with MoNuSAC_images_and_annotations and the testing data.`,
      );
    }
    const images = pairs.map(({ key, picture, label }): PublishedImage => {
      const name = parse(picture).name;
      return {
        name,
        path: picture,
        split: /testing/i.test(`${basename(resolve(source))}/${key}`) ? 'test' : 'train',
        columns: tcgaColumns(name),
        readLabels: () => readLabels(label, join(source, `${key}.svs`)),
      };
    });
    return { images };
  },
};

async function readLabels(path: string, slidePath: string): Promise<Labels> {
  const { mpp, regions } = parseAperioXml(await readText(path), path);
  const points: LabelPoint[] = [];
  const ignored: Box[] = [];
  let empty = 0;
  for (const { label, line, outline } of regions) {
    const centroid = areaCentroid(outline);
    const index = findClass(monusac, label);
    if (/^ambiguous$/i.test(label.trim())) {
      const box = boundsOf(outline);
      if (box) ignored.push(box);
      else empty++;
    } else if (index < 0) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${path}, line ${line}: a region is of ${JSON.stringify(label)}; MoNuSAC has ${classes.join(', ')} and Ambiguous.`,
      );
    } else if (centroid) {
      points.push({ ...centroid, class: classes[index]! });
    } else {
      empty++;
    }
  }
  return {
    points,
    mpp: mpp ?? (await slideMpp(slidePath)),
    ignored,
    leftOut: [{ what: 'outlines that enclose nothing', count: empty }],
  };
}

/** What the header of the SVS says, where there is one. */
async function slideMpp(path: string): Promise<number | undefined> {
  const slide = await openSlide(path).catch(() => undefined);
  await slide?.close();
  return slide?.mpp;
}
