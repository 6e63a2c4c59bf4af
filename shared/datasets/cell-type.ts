/**
 * Codes of cell types, so that hospital systems know what a class means. Each row says who uses the code for
 * such nuclei. No pathologist has reviewed the choice.
 *
 * @module
 */

/** A code of a terminology (DICOM PS3.3, section 8). */
export interface Code {
  readonly value: string;
  /** `SCT` is SNOMED CT, `DCM` is DICOM, `99UNICELL` is ours. */
  readonly scheme: string;
  readonly meaning: string;
}

export interface CellType extends Code {
  /** Whether the cell is one of a tumour, which is a morphologic abnormality and no normal structure. */
  readonly isAbnormal?: boolean;
  /** Where the code is used for this. */
  readonly source: string;
}

const IDC = 'Imaging Data Commons, idc_annotation_conversion';
const SCT = 'SCT';

export const cellTypes = {
  lymphocyte: {
    value: '56972008',
    scheme: SCT,
    meaning: 'Lymphocyte',
    source: `${IDC} (PanopTILs)`,
  },
  plasmaCell: {
    value: '113335003',
    scheme: SCT,
    meaning: 'Plasma cell',
    source: `${IDC} (PanopTILs)`,
  },
  neutrophil: {
    value: '80153006',
    scheme: SCT,
    meaning: 'Segmented neutrophil',
    source: `${IDC} (BMDeep bone marrow)`,
  },
  eosinophil: {
    value: '14793004',
    scheme: SCT,
    meaning: 'Eosinophil, segmented',
    source: `${IDC} (BMDeep bone marrow)`,
  },
  macrophage: {
    value: '58986001',
    scheme: SCT,
    meaning: 'Macrophage',
    source: `${IDC} (BMDeep bone marrow)`,
  },
  epithelialCell: {
    value: '4212006',
    scheme: SCT,
    meaning: 'Epithelial cell',
    source: `${IDC} (PanopTILs)`,
  },
  tumourCell: {
    value: '1187225007',
    scheme: SCT,
    meaning: 'Malignant epithelial neoplasm',
    isAbnormal: true,
    source: `${IDC} (PanopTILs)`,
  },
  neoplasticCell: {
    value: '108369006',
    scheme: SCT,
    meaning: 'Neoplasm',
    isAbnormal: true,
    source: 'DICOM PS3.16, CID 7159; PanNuke does not say malignant',
  },
  connectiveTissue: {
    value: '181769001',
    scheme: SCT,
    meaning: 'Connective tissue',
    source: `${IDC} (stroma)`,
  },
  otherCell: {
    value: '74964007',
    scheme: SCT,
    meaning: 'Other',
    source: `${IDC} (PanopTILs)`,
  },
  nucleus: {
    value: '84640000',
    scheme: SCT,
    meaning: 'Nucleus',
    source: 'DICOM PS3.16, CID 8135',
  },
  // The datasets' own words, which no single code of SNOMED CT covers.
  inflammatoryCell: {
    value: 'INFLAMMATORY',
    scheme: '99UNICELL',
    meaning: 'Inflammatory cell',
    source: 'CoNSeP, CRCHistoPhenotypes, PanNuke: lymphocytes and other immune cells together',
  },
  spindleCell: {
    value: 'SPINDLE',
    scheme: '99UNICELL',
    meaning: 'Spindle-shaped cell',
    source: 'CoNSeP: fibroblasts, muscle, endothelium and others together',
  },
  fibroblast: {
    value: 'FIBROBLAST',
    scheme: '99UNICELL',
    meaning: 'Fibroblast',
    source: 'CRCHistoPhenotypes',
  },
  deadCell: {
    value: 'DEAD',
    scheme: '99UNICELL',
    meaning: 'Dead cell',
    source: 'PanNuke: apoptotic and necrotic cells together',
  },
} as const satisfies Record<string, CellType>;
