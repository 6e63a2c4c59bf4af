/**
 * Builds data sets by the standard's keywords (DICOM PS3.6) instead of by tag.
 *
 * @module
 */
import type { DicomAttribute, DicomJson } from './dicom-json.ts';

/** Tag and value representation of every attribute that we write ourselves. */
const ATTRIBUTES = {
  SpecificCharacterSet: ['00080005', 'CS'],
  SOPClassUID: ['00080016', 'UI'],
  SOPInstanceUID: ['00080018', 'UI'],
  StudyDate: ['00080020', 'DA'],
  ContentDate: ['00080023', 'DA'],
  StudyTime: ['00080030', 'TM'],
  ContentTime: ['00080033', 'TM'],
  AccessionNumber: ['00080050', 'SH'],
  Modality: ['00080060', 'CS'],
  Manufacturer: ['00080070', 'LO'],
  ReferringPhysicianName: ['00080090', 'PN'],
  CodeValue: ['00080100', 'SH'],
  CodingSchemeDesignator: ['00080102', 'SH'],
  CodeMeaning: ['00080104', 'LO'],
  MappingResource: ['00080105', 'CS'],
  CodingSchemeIdentificationSequence: ['00080110', 'SQ'],
  CodingSchemeName: ['00080115', 'ST'],
  CodingSchemeResponsibleOrganization: ['00080116', 'ST'],
  LongCodeValue: ['00080119', 'UC'],
  SeriesDescription: ['0008103E', 'LO'],
  ManufacturerModelName: ['00081090', 'LO'],
  ReferencedPerformedProcedureStepSequence: ['00081111', 'SQ'],
  ReferencedSeriesSequence: ['00081115', 'SQ'],
  ReferencedImageSequence: ['00081140', 'SQ'],
  ReferencedInstanceSequence: ['0008114A', 'SQ'],
  ReferencedSOPClassUID: ['00081150', 'UI'],
  ReferencedSOPInstanceUID: ['00081155', 'UI'],
  ReferencedSOPSequence: ['00081199', 'SQ'],
  PrimaryAnatomicStructureSequence: ['00082228', 'SQ'],
  PatientName: ['00100010', 'PN'],
  PatientID: ['00100020', 'LO'],
  PatientBirthDate: ['00100030', 'DA'],
  PatientSex: ['00100040', 'CS'],
  DeviceSerialNumber: ['00181000', 'LO'],
  SoftwareVersions: ['00181020', 'LO'],
  StudyInstanceUID: ['0020000D', 'UI'],
  SeriesInstanceUID: ['0020000E', 'UI'],
  StudyID: ['00200010', 'SH'],
  SeriesNumber: ['00200011', 'IS'],
  InstanceNumber: ['00200013', 'IS'],
  FrameOfReferenceUID: ['00200052', 'UI'],
  PositionReferenceIndicator: ['00201040', 'LO'],
  AlgorithmSource: ['00240202', 'LO'],
  MeasurementUnitsCodeSequence: ['004008EA', 'SQ'],
  RelationshipType: ['0040A010', 'CS'],
  ValueType: ['0040A040', 'CS'],
  ConceptNameCodeSequence: ['0040A043', 'SQ'],
  ContinuityOfContent: ['0040A050', 'CS'],
  UID: ['0040A124', 'UI'],
  TextValue: ['0040A160', 'UT'],
  FloatingPointValue: ['0040A161', 'FD'],
  ConceptCodeSequence: ['0040A168', 'SQ'],
  AnnotationGroupNumber: ['0040A180', 'US'],
  MeasuredValueSequence: ['0040A300', 'SQ'],
  NumericValue: ['0040A30A', 'DS'],
  PerformedProcedureCodeSequence: ['0040A372', 'SQ'],
  CurrentRequestedProcedureEvidenceSequence: ['0040A375', 'SQ'],
  CompletionFlag: ['0040A491', 'CS'],
  CompletionFlagDescription: ['0040A492', 'LO'],
  VerificationFlag: ['0040A493', 'CS'],
  PreliminaryFlag: ['0040A496', 'CS'],
  ContentTemplateSequence: ['0040A504', 'SQ'],
  ContentSequence: ['0040A730', 'SQ'],
  TemplateIdentifier: ['0040DB00', 'CS'],
  PixelOriginInterpretation: ['00480301', 'CS'],
  RecommendedDisplayCIELabValue: ['0062000D', 'US'],
  AlgorithmFamilyCodeSequence: ['0066002F', 'SQ'],
  AlgorithmVersion: ['00660031', 'LO'],
  AlgorithmParameters: ['00660032', 'LT'],
  AlgorithmName: ['00660036', 'LO'],
  AnnotationCoordinateType: ['006A0001', 'CS'],
  AnnotationGroupUID: ['006A0003', 'UI'],
  AnnotationGroupLabel: ['006A0005', 'LO'],
  AnnotationGroupDescription: ['006A0006', 'UT'],
  AnnotationGroupGenerationType: ['006A0007', 'CS'],
  AnnotationGroupAlgorithmIdentificationSequence: ['006A0008', 'SQ'],
  AnnotationPropertyCategoryCodeSequence: ['006A0009', 'SQ'],
  AnnotationPropertyTypeCodeSequence: ['006A000A', 'SQ'],
  NumberOfAnnotations: ['006A000C', 'UL'],
  AnnotationAppliesToAllOpticalPaths: ['006A000D', 'CS'],
  AnnotationAppliesToAllZPlanes: ['006A000F', 'CS'],
  CommonZCoordinateValue: ['006A0010', 'FD'],
  GraphicData: ['00700022', 'FL'],
  GraphicType: ['00700023', 'CS'],
  ContentLabel: ['00700080', 'CS'],
  ContentDescription: ['00700081', 'LO'],
  ContentCreatorName: ['00700084', 'PN'],
  ReferencedFrameOfReferenceUID: ['30060024', 'UI'],
} as const satisfies Record<string, readonly [tag: string, vr: string]>;

type Value = string | number | DicomJson;

/**
 * Makes a data set. One value may stand without a list around it; `undefined` leaves the attribute out, an
 * empty list leaves it empty.
 *
 * @example
 * dataSet({ Modality: 'ANN', InstanceNumber: 1 });
 */
export function dataSet(
  values: Readonly<{ [K in keyof typeof ATTRIBUTES]?: Value | readonly Value[] | undefined }>,
): DicomJson {
  const entries = Object.entries(values).flatMap(([keyword, value]) => {
    if (value === undefined) return [];
    const [tag, vr] = ATTRIBUTES[keyword as keyof typeof ATTRIBUTES];
    const attribute: DicomAttribute = { vr, Value: Array.isArray(value) ? value : [value] };
    return [[tag, attribute] as const];
  });
  return Object.fromEntries(entries);
}
