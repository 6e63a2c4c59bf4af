/**
 * CoNSeP as published (`consep.zip`: `Train` with 27 and `Test` with 14 pictures of 1000 x 1000 pixels at
 * 40x), or the copy at 20x of UniCell's authors. The seven types become three classes as in the official
 * code (unicell-spec.md section 1): "other" is stromal.
 *
 * @module
 */
import { consep } from '../../../shared/datasets/consep.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { findHoverNet, type TypeClass } from './hovernet.ts';
import type { Importer } from './importer.ts';
import { listFiles } from './list-files.ts';

const types = new Map<number, TypeClass>([
  [1, { class: 'stromal', rawClass: 'other' }],
  [2, { class: 'inflammatory', rawClass: 'inflammatory' }],
  [3, { class: 'epithelial', rawClass: 'healthy_epithelial' }],
  [4, { class: 'epithelial', rawClass: 'malignant_epithelial' }],
  [5, { class: 'stromal', rawClass: 'fibroblast' }],
  [6, { class: 'stromal', rawClass: 'muscle' }],
  [7, { class: 'stromal', rawClass: 'endothelial' }],
]);

/** MCSpatNet's five of the 27 training pictures (`data_splits/consep/val_split.txt`); CoNSeP has none. */
const validation = new Set(['train_5', 'train_8', 'train_11', 'train_16', 'train_23']);

/** By width and height: 40x as published, 20x in the copy of UniCell's authors. */
const mppBySize = new Map([
  ['1000 x 1000', 0.25],
  ['500 x 500', 0.5],
]);

export const consepImporter: Importer = {
  dataset: consep,
  classes: ['inflammatory', 'epithelial', 'stromal'],
  hasRawClasses: true,
  async find(source) {
    const images = findHoverNet(source, await listFiles(source), {
      types,
      mpp: ({ width, height }) => mppBySize.get(`${width} x ${height}`),
      validation,
    });
    if (images.length > 0) return { images };
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${source} holds no picture in Train/Images or Test/Images. Pass the folder CoNSeP of the unpacked consep.zip.`,
    );
  },
};
