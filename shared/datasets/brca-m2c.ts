import { cellTypes } from './cell-type.ts';
import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/** BRCA-M2C, three classes of breast cancer at 20x. */
export const brcaM2c: Dataset = {
  id: 'brca-m2c',
  name: 'BRCA-M2C',
  classes: [
    {
      name: 'Tumor_Epithelial',
      label: 'Tumour epithelial',
      colour: okabeIto.vermillion,
      cellType: cellTypes.tumourCell,
      aliases: ['epithelial', 'tumor', 'tumour'],
    },
    {
      name: 'Stromal',
      label: 'Stromal',
      colour: okabeIto.bluishGreen,
      cellType: cellTypes.connectiveTissue,
      aliases: ['stroma'],
    },
    {
      name: 'Lymphocyte',
      label: 'Lymphocyte',
      colour: okabeIto.blue,
      cellType: cellTypes.lymphocyte,
      aliases: ['lymphocytes', 'inflammatory'],
    },
  ],
  matchRadiusUm: 3,
  mpp: 0.5,
  organs: ['breast'],
  publishedTest: { images: 30, what: 'the published one' },
  citation:
    'Abousamra et al., Multi-class cell detection using spatial context representation, ICCV 2021',
  url: 'https://github.com/TopoXLab/Dataset-BRCA-M2C',
  licence: 'BSD-3-Clause',
  promptCategories: ['Lymphoctes', 'Stromal', 'Tumor'],
};
