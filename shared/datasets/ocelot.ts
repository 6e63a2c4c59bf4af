import { cellTypes } from './cell-type.ts';
import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/** OCELOT, tumour cells against all others, at about 0.2 um per pixel. */
export const ocelot: Dataset = {
  id: 'ocelot',
  name: 'OCELOT',
  classes: [
    {
      name: 'Background_Cell',
      label: 'Background cell',
      colour: okabeIto.skyBlue,
      cellType: cellTypes.otherCell,
      aliases: ['background', 'BC'],
    },
    {
      name: 'Tumor_Cell',
      label: 'Tumour cell',
      colour: okabeIto.vermillion,
      cellType: cellTypes.tumourCell,
      aliases: ['tumor', 'tumour', 'TC'],
    },
  ],
  matchRadiusUm: 3,
  mpp: 0.2,
  organs: ['bladder', 'endometrium', 'head and neck', 'kidney', 'prostate', 'stomach'],
  publishedTest: { images: 126, what: 'the official test subset' },
  citation: 'Ryu et al., OCELOT: Overlapped cell on tissue dataset for histopathology, CVPR 2023',
  url: 'https://ocelot2023.grand-challenge.org/',
  licence: 'CC BY-NC 4.0',
  promptCategories: [
    'Lymphoctes',
    'Epithelial',
    'Stromal',
    'Plasma',
    'Neutrophils',
    'Eosinophils',
    'Macrophages',
    'Tumor',
  ],
};
