import { cellTypes } from './cell-type.ts';
import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/** PanNuke, five classes of nineteen organs, in the order of its own masks. Published at 40x, used at 20x. */
export const pannuke: Dataset = {
  id: 'pannuke',
  name: 'PanNuke',
  classes: [
    {
      name: 'Neoplastic',
      label: 'Neoplastic',
      colour: okabeIto.vermillion,
      cellType: cellTypes.neoplasticCell,
      aliases: ['neoplastic_cells', 'tumor', 'tumour'],
    },
    {
      name: 'Inflammatory',
      label: 'Inflammatory',
      colour: okabeIto.blue,
      cellType: cellTypes.inflammatoryCell,
      aliases: [],
    },
    {
      name: 'Connective',
      label: 'Connective tissue',
      colour: okabeIto.bluishGreen,
      cellType: cellTypes.connectiveTissue,
      aliases: ['connective_soft_tissue_cells', 'stromal'],
    },
    {
      name: 'Dead',
      label: 'Dead cell',
      colour: okabeIto.yellow,
      cellType: cellTypes.deadCell,
      aliases: ['dead_cells', 'necrotic'],
    },
    {
      name: 'Epithelial',
      label: 'Epithelial',
      colour: okabeIto.orange,
      cellType: cellTypes.epithelialCell,
      aliases: ['non-neoplastic_epithelial'],
    },
  ],
  matchRadiusUm: 3,
  mpp: 0.5,
  organs: [
    'adrenal gland',
    'bile duct',
    'bladder',
    'breast',
    'cervix',
    'colon',
    'endometrium',
    'esophagus',
    'head and neck',
    'kidney',
    'liver',
    'lung',
    'ovary',
    'pancreas',
    'prostate',
    'skin',
    'stomach',
    'testis',
    'thyroid',
  ],
  publishedTest: { images: 2722, what: 'fold 3, its usual test split' },
  citation:
    'Gamper et al., PanNuke: An open pan-cancer histology dataset for nuclei instance segmentation and classification, ECDP 2019; PanNuke dataset extension, insights and baselines, arXiv:2003.10778, 2020',
  url: 'https://warwick.ac.uk/fac/cross_fac/tia/data/pannuke',
  licence: 'CC BY-NC-SA 4.0',
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
