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

  // Measurements of a report. DICOM has a code for none but the area.
  area: code('42798000', 'SCT', 'Area'),
  count: code('410681005', 'SCT', 'Count of entities'),
  density: code('DENSITY', OWN_SCHEME, 'Nuclei per area'),
  fraction: code('FRACTION', OWN_SCHEME, 'Fraction of all nuclei'),
  nuclei: code('{nuclei}', 'UCUM', 'nuclei'),
  squareMillimetre: code('mm2', 'UCUM', 'mm2'),
  perSquareMillimetre: code('/mm2', 'UCUM', '/mm2'),
  percent: code('%', 'UCUM', 'percent'),

  // TID 1500, Measurement Report, and what it includes.
  measurementReport: code('126000', 'DCM', 'Imaging Measurement Report'),
  language: code('121049', 'DCM', 'Language of Content Item and Descendants'),
  english: code('en-GB', 'RFC5646', 'English (United Kingdom)'),
  observerType: code('121005', 'DCM', 'Observer Type'),
  device: code('121007', 'DCM', 'Device'),
  deviceUid: code('121012', 'DCM', 'Device Observer UID'),
  deviceName: code('121013', 'DCM', 'Device Observer Name'),
  deviceModel: code('121015', 'DCM', 'Device Observer Model Name'),
  deviceSerial: code('121016', 'DCM', 'Device Observer Serial Number'),
  procedureReported: code('121058', 'DCM', 'Procedure reported'),
  wholeSlideImaging: code('112703', 'DCM', 'Whole Slide Imaging'),
  imageLibrary: code('111028', 'DCM', 'Image Library'),
  imageLibraryGroup: code('126200', 'DCM', 'Image Library Group'),
  imagingMeasurements: code('126010', 'DCM', 'Imaging Measurements'),
  measurementGroup: code('125007', 'DCM', 'Measurement Group'),
  trackingIdentifier: code('112039', 'DCM', 'Tracking Identifier'),
  trackingUid: code('112040', 'DCM', 'Tracking Unique Identifier'),
  findingCategory: code('276214006', 'SCT', 'Finding category'),
  finding: code('121071', 'DCM', 'Finding'),
  algorithmName: code('111001', 'DCM', 'Algorithm Name'),
  algorithmVersion: code('111003', 'DCM', 'Algorithm Version'),
  imageRegion: code('111030', 'DCM', 'Image Region'),
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
