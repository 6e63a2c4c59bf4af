/**
 * Codes that our objects speak in (DICOM PS3.16), as items of a sequence.
 *
 * @module
 */
import type { CellType, Code } from '../datasets/cell-type.ts';
import { foldName } from '../datasets/dataset.ts';
import { dataSet } from './data-set.ts';
import type { DicomJson } from './dicom-json.ts';

/** Designates codes of our own. */
export const OWN_SCHEME = '99UNICELL';

/** Longest value of SH. */
const SHORT_CODE = 16;

const code = (value: string, scheme: string, meaning: string): Code => ({ value, scheme, meaning });

export const codes = {
  // CID 8135, Microscopy Annotation Property Types.
  nucleus: code('84640000', 'SCT', 'Nucleus'),
  // CID 8134, Microscopy Annotation Property Categories.
  anatomicalStructure: code('91723000', 'SCT', 'Anatomical structure'),
  abnormality: code('49755003', 'SCT', 'Morphologically abnormal structure'),
  // CID 7162, Surface Processing Algorithm Families.
  artificialIntelligence: code('123109', 'DCM', 'Artificial Intelligence'),
  detectionScore: code('SCORE', OWN_SCHEME, 'Detection score'),
  noUnits: code('1', 'UCUM', 'no units'),
} as const;

/** A code as an item (PS3.3, 8.8): long values have an attribute of their own. */
export function codeItem({ value, scheme, meaning }: Code): DicomJson {
  return dataSet({
    ...(value.length > SHORT_CODE ? { LongCodeValue: value } : { CodeValue: value }),
    CodingSchemeDesignator: scheme,
    CodeMeaning: meaning.slice(0, 64),
  });
}

/** What cells of a class are; our own code by name where nobody has given it one. */
export function cellTypeOf(cls: { readonly name: string; readonly cellType?: CellType }): Code {
  const { name, cellType } = cls;
  return cellType ?? code(foldName(name).toUpperCase(), OWN_SCHEME, name);
}

/** Whether cells of a class are normal structures or not. */
export function categoryOf({ cellType }: { readonly cellType?: CellType }): Code {
  return cellType?.isAbnormal ? codes.abnormality : codes.anatomicalStructure;
}
