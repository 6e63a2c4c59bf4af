import { cellTypes } from './cell-type.ts';
import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/**
 * CRCHistoPhenotypes, four classes of colon cancer at 20x. A fifth of its nuclei have a place but no
 * class: they count for detection and never for classification.
 */
export const crchisto: Dataset = {
  id: 'crchisto',
  name: 'CRCHistoPhenotypes',
  classes: [
    {
      name: 'Epithelial',
      label: 'Epithelial',
      colour: okabeIto.vermillion,
      cellType: cellTypes.epithelialCell,
      aliases: [],
    },
    {
      name: 'Inflammatory',
      label: 'Inflammatory',
      colour: okabeIto.blue,
      cellType: cellTypes.inflammatoryCell,
      aliases: [],
    },
    {
      name: 'Fibroblast',
      label: 'Fibroblast',
      colour: okabeIto.bluishGreen,
      cellType: cellTypes.fibroblast,
      aliases: ['fibroblasts'],
    },
    {
      name: 'Others',
      label: 'Other',
      colour: okabeIto.yellow,
      cellType: cellTypes.otherCell,
      aliases: [],
    },
  ],
  matchRadiusUm: 3,
  mpp: 0.55,
  organs: ['colon'],
  citation:
    'Sirinukunwattana et al., Locality sensitive deep learning for detection and classification of nuclei in routine colon cancer histology images, IEEE Transactions on Medical Imaging 35, 2016',
  url: 'https://warwick.ac.uk/fac/cross_fac/tia/data/crchistolabelednucleihe/',
  licence: 'research only',
  promptCategories: [
    'Lymphoctes',
    'Epithelial',
    'Stromal',
    'Plasma',
    'Neutrophils',
    'Eosinophils',
    'Macrophages',
  ],
};
