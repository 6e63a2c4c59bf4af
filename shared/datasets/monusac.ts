import type { Dataset } from './dataset.ts';
import { okabeIto } from './palette.ts';

/** MoNuSAC, four classes at 40x. */
export const monusac: Dataset = {
  id: 'monusac',
  name: 'MoNuSAC',
  classes: [
    { name: 'Epithelial', label: 'Epithelial', colour: okabeIto.vermillion, aliases: [] },
    { name: 'Lymphocyte', label: 'Lymphocyte', colour: okabeIto.blue, aliases: ['lymphocytes'] },
    { name: 'Macrophage', label: 'Macrophage', colour: okabeIto.skyBlue, aliases: ['macrophages'] },
    { name: 'Neutrophil', label: 'Neutrophil', colour: okabeIto.yellow, aliases: ['neutrophils'] },
  ],
  matchRadiusUm: 3,
  mpp: 0.25,
  organs: ['breast', 'kidney', 'lung', 'prostate'],
  citation:
    'Verma et al., MoNuSAC2020: A multi-organ nuclei segmentation and classification challenge, IEEE Transactions on Medical Imaging 40, 2021',
  url: 'https://monusac-2020.grand-challenge.org/Data',
  licence: 'CC BY-NC-SA 4.0',
  promptCategories: ['Lymphoctes', 'Epithelial', 'Neutrophils', 'Macrophages'],
};
