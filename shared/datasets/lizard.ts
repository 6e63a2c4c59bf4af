import { cellTypes } from './cell-type.ts';
import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/** Lizard, six classes at 20x, in the original numbering. */
export const lizard: Dataset = {
  id: 'lizard',
  name: 'Lizard',
  classes: [
    {
      name: 'Neutrophil',
      label: 'Neutrophil',
      colour: okabeIto.yellow,
      cellType: cellTypes.neutrophil,
      aliases: ['neutrophils'],
    },
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
      name: 'Plasma',
      label: 'Plasma cell',
      colour: okabeIto.reddishPurple,
      cellType: cellTypes.plasmaCell,
      aliases: ['plasma_cells'],
    },
    {
      name: 'Eosinophil',
      label: 'Eosinophil',
      colour: okabeIto.orange,
      cellType: cellTypes.eosinophil,
      aliases: ['eosinophils'],
    },
    {
      name: 'Connective',
      label: 'Connective tissue',
      colour: okabeIto.bluishGreen,
      cellType: cellTypes.connectiveTissue,
      aliases: ['connective_tissue_cell', 'stromal'],
    },
  ],
  matchRadiusUm: 3,
  mpp: 0.5,
  organs: ['colon'],
  citation:
    'Graham et al., Lizard: A large-scale dataset for colonic nuclear instance segmentation and classification, ICCV Workshops 2021',
  url: 'https://warwick.ac.uk/fac/cross_fac/tia/data/lizard/',
  licence: 'CC BY-NC-SA 4.0',
  promptCategories: ['Lymphoctes', 'Epithelial', 'Stromal', 'Plasma', 'Neutrophils', 'Eosinophils'],
};
