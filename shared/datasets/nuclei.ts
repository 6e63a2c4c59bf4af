import { cellTypes } from './cell-type.ts';
import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/**
 * Nuclei and nothing else: a single class, for whoever wants to count. Its pictures are those of every
 * dataset in which each nucleus is labelled, and of three that have no classes: MoNuSeg, TNBC and NuInsSeg.
 * MoNuSAC is none of them, since nobody labelled its stroma.
 */
export const nuclei: Dataset = {
  id: 'nuclei',
  name: 'Nuclei',
  classes: [
    {
      name: 'Nucleus',
      label: 'Nucleus',
      colour: okabeIto.bluishGreen,
      cellType: cellTypes.nucleus,
      aliases: ['nuclei', 'cell'],
    },
  ],
  takesAnyClass: true,
  folders: [
    'consep',
    'ocelot',
    'brca-m2c',
    'crchisto',
    'pannuke',
    'lizard',
    'monuseg',
    'tnbc',
    'nuinsseg',
  ],
  matchRadiusUm: 3,
  mpp: 0.5,
  organs: [
    'adrenal gland',
    'bile duct',
    'bladder',
    'brain',
    'breast',
    'cervix',
    'colon',
    'endometrium',
    'esophagus',
    'head and neck',
    'heart',
    'kidney',
    'liver',
    'lung',
    'muscle',
    'ovary',
    'pancreas',
    'placenta',
    'prostate',
    'salivary gland',
    'skin',
    'spleen',
    'stomach',
    'testis',
    'thymus',
    'thyroid',
    'tongue',
    'tonsil',
  ],
  citation:
    'the datasets of its pictures, and: Kumar et al., A dataset and a technique for generalized nuclear segmentation for computational pathology, IEEE Transactions on Medical Imaging 36, 2017 (MoNuSeg); Naylor et al., Segmentation of nuclei in histopathology images by deep regression of the distance map, IEEE Transactions on Medical Imaging 38, 2019 (TNBC); Mahbod et al., NuInsSeg: A fully annotated dataset for nuclei instance segmentation in H&E-stained histological images, Scientific Data 11, 2024',
  licence: 'those of its datasets, of which several allow research only',
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
