/**
 * What is taken over from a slide's DICOM data set, and nothing else. An object about a slide must say of
 * the patient, the study and the specimen what the slide says; a list of what may be copied cannot leak what
 * nobody thought of.
 *
 * @module
 */
import { type DicomAttribute, type DicomJson, itemsOf } from './dicom-json.ts';

/** Modules Patient, Clinical Trial Subject, General Study and Specimen (DICOM PS3.3, C.7.1, C.7.2, C.7.6.22). */
const COPIED: Readonly<Record<string, string>> = {
  '00080020': 'StudyDate',
  '00080030': 'StudyTime',
  '00080050': 'AccessionNumber',
  '00080051': 'IssuerOfAccessionNumberSequence',
  '00080090': 'ReferringPhysicianName',
  '00080201': 'TimezoneOffsetFromUTC',
  '00081030': 'StudyDescription',
  '00081032': 'ProcedureCodeSequence',
  '00100010': 'PatientName',
  '00100020': 'PatientID',
  '00100021': 'IssuerOfPatientID',
  '00100024': 'IssuerOfPatientIDQualifiersSequence',
  '00100030': 'PatientBirthDate',
  '00100040': 'PatientSex',
  '00101010': 'PatientAge',
  '00120010': 'ClinicalTrialSponsorName',
  '00120020': 'ClinicalTrialProtocolID',
  '00120021': 'ClinicalTrialProtocolName',
  '00120030': 'ClinicalTrialSiteID',
  '00120031': 'ClinicalTrialSiteName',
  '00120040': 'ClinicalTrialSubjectID',
  '00120042': 'ClinicalTrialSubjectReadingID',
  '00120062': 'PatientIdentityRemoved',
  '00120063': 'DeidentificationMethod',
  '00120064': 'DeidentificationMethodCodeSequence',
  '0020000D': 'StudyInstanceUID',
  '00200010': 'StudyID',
  '00400512': 'ContainerIdentifier',
  '00400513': 'IssuerOfTheContainerIdentifierSequence',
  '00400518': 'ContainerTypeCodeSequence',
  '00400520': 'ContainerComponentSequence',
  '00400560': 'SpecimenDescriptionSequence',
};

/** What an object about the slide is made with, besides: which image it is of, and where that lies. */
const USED: Readonly<Record<string, string>> = {
  '00080016': 'SOPClassUID',
  '00080018': 'SOPInstanceUID',
  '0020000E': 'SeriesInstanceUID',
  '00200052': 'FrameOfReferenceUID',
  '00480006': 'TotalPixelMatrixColumns',
  '00480007': 'TotalPixelMatrixRows',
  '00480008': 'TotalPixelMatrixOriginSequence',
  '00480102': 'ImageOrientationSlide',
};

const SHARED_GROUPS = '52009229';
const PIXEL_MEASURES = '00289110';

/** The attributes of a slide's instance that objects about it repeat. */
export function copiedAttributes(source: DicomJson): DicomJson {
  return pick(source, (tag) => tag in COPIED);
}

/**
 * Cuts an instance's metadata down to what objects about it need: {@link copiedAttributes}, its identity
 * and its place on the glass. Pixels, frames, device and label text do not come along.
 */
export function originOf(instance: DicomJson): DicomJson {
  const kept = pick(instance, (tag) => tag in COPIED || tag in USED);
  const measures = itemsOf(instance, SHARED_GROUPS)[0]?.[PIXEL_MEASURES];
  if (measures === undefined) return kept;
  const shared: DicomAttribute = { vr: 'SQ', Value: [{ [PIXEL_MEASURES]: measures }] };
  return { ...kept, [SHARED_GROUPS]: shared };
}

function pick(data: DicomJson, isWanted: (tag: string) => boolean): DicomJson {
  return Object.fromEntries(
    Object.entries(data)
      .map(([tag, attribute]) => [tag.toUpperCase(), attribute] as const)
      .filter(([tag]) => isWanted(tag))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
