import { cellTypes } from './cell-type.ts';
import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/**
 * CoNSeP with the paper's three classes. Of the seven raw types, healthy and malignant epithelium
 * are one class, and fibroblasts, muscle, endothelium and "other" are Spindle-shaped (which the
 * paper calls Stromal).
 */
export const consep: Dataset = {
  id: 'consep',
  name: 'CoNSeP',
  classes: [
    {
      name: 'Inflammatory',
      label: 'Inflammatory',
      colour: okabeIto.blue,
      cellType: cellTypes.inflammatoryCell,
      aliases: [],
    },
    {
      name: 'Epithelial',
      label: 'Epithelial',
      colour: okabeIto.vermillion,
      cellType: cellTypes.epithelialCell,
      aliases: ['healthy_epithelial', 'malignant_epithelial', 'dysplastic_epithelial'],
    },
    {
      name: 'Spindle-shaped',
      label: 'Spindle-shaped',
      colour: okabeIto.bluishGreen,
      cellType: cellTypes.spindleCell,
      aliases: ['stromal', 'spindle', 'fibroblast', 'muscle', 'endothelial', 'other'],
    },
  ],
  matchRadiusUm: 3,
  mpp: 0.5,
  organs: ['colon'],
  publishedTest: { images: 14, what: 'the published one' },
  citation:
    'Graham et al., HoVer-Net: Simultaneous segmentation and classification of nuclei in multi-tissue histology images, Medical Image Analysis 58, 2019',
  url: 'https://warwick.ac.uk/fac/cross_fac/tia/data/hovernet/',
  licence: 'research only',
  promptCategories: ['Lymphoctes', 'Epithelial', 'Stromal'],
};
