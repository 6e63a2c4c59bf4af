import { cellTypes } from './cell-type.ts';
import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/** MoNuSAC, four classes at 40x. */
export const monusac: Dataset = {
  id: 'monusac',
  name: 'MoNuSAC',
  classes: [
    {
      name: 'Epithelial',
      label: 'Epithelial',
      colour: okabeIto.vermillion,
      cellType: cellTypes.epithelialCell,
      aliases: [],
    },
    {
      name: 'Lymphocyte',
      label: 'Lymphocyte',
      colour: okabeIto.blue,
      cellType: cellTypes.lymphocyte,
      aliases: ['lymphocytes'],
    },
    {
      name: 'Macrophage',
      label: 'Macrophage',
      colour: okabeIto.skyBlue,
      cellType: cellTypes.macrophage,
      aliases: ['macrophages'],
    },
    {
      name: 'Neutrophil',
      label: 'Neutrophil',
      colour: okabeIto.yellow,
      cellType: cellTypes.neutrophil,
      aliases: ['neutrophils'],
    },
  ],
  matchRadiusUm: 3,
  mpp: 0.25,
  organs: ['breast', 'kidney', 'lung', 'prostate'],
  publishedTest: { images: 85, what: 'its official test set' },
  citation:
    'Verma et al., MoNuSAC2020: A multi-organ nuclei segmentation and classification challenge, IEEE Transactions on Medical Imaging 40, 2021',
  url: 'https://monusac-2020.grand-challenge.org/Data',
  licence: 'CC BY-NC-SA 4.0',
  promptCategories: ['Lymphoctes', 'Epithelial', 'Neutrophils', 'Macrophages'],
};
