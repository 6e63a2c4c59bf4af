/**
 * Microscopy Bulk Simple Annotations (DICOM PS3.3, A.87 and C.37): one group per class, a point and a score
 * per nucleus. The file is made of pieces between which coordinates and scores stream.
 *
 * @module
 */

import { cielabOf } from '../../dicom/cielab.ts';
import { categoryOf, cellTypeOf, codeItem, codes } from '../../dicom/codes.ts';
import { dataSet } from '../../dicom/data-set.ts';
import { type DicomJson, textOf } from '../../dicom/dicom-json.ts';
import {
  closeItem,
  closeSequence,
  elementHead,
  encodeDataSet,
  joinBytes,
  openItem,
  openSequence,
} from '../../dicom/encode.ts';
import { fileHead } from '../../dicom/part10.ts';
import { uidOf } from '../../dicom/uid.ts';
import { UNKNOWN_CLASS } from '../../scoring/labelled-points.ts';
import { type DerivedHead, derivedObject, objectUids, slideReference } from './derived-object.ts';

const SOP_CLASS = '1.2.840.10008.5.1.4.1.1.91.1';

const GROUPS = '006A0002';
/** Attributes of a group before and after these two stand in `groupHead` and `groupTail`. */
const MEASUREMENTS = '00660121';
const MEASUREMENT_VALUES = '00660132';

/** How coordinates are written. */
export interface CoordinateKind {
  readonly type: '2D' | '3D';
  /** Bytes of one number: a float in pixels, or a double in millimetres. */
  readonly bytes: 4 | 8;
  /** Attributes of the file that say what the numbers mean. */
  readonly attributes: DicomJson;
}

/** The nuclei of one class, in a file. */
export interface AnnotationGroup {
  readonly classIndex: number;
  readonly count: number;
  /** From 1, without gaps. */
  readonly number: number;
}

/**
 * The groups of a file: the classes that have nuclei, in head order, those without a class last. Where there
 * are no nuclei the first class has a group all the same, since a file must have one; the standard has no way
 * to say that nothing was found, so do not store such a file.
 */
export function annotationGroups(counts: ArrayLike<number>): AnnotationGroup[] {
  const classes = Array.from({ length: counts.length }, (_, classIndex) => classIndex);
  const found = classes.filter((classIndex) => counts[classIndex]! > 0);
  return (found.length === 0 ? [0] : found).map((classIndex, i) => ({
    classIndex,
    count: counts[classIndex]!,
    number: i + 1,
  }));
}

/** Everything before the first group. */
export function openFile(head: DerivedHead, kind: CoordinateKind): Uint8Array<ArrayBuffer> {
  const attributes = fileAttributes(head, kind);
  const early = encodeDataSet(where(attributes, (tag) => tag < GROUPS));
  const instance = textOf(attributes, '00080018')!;
  return joinBytes([fileHead(SOP_CLASS, instance), early, openSequence(GROUPS)]);
}

/** Everything after the last group. */
export function closeFile(head: DerivedHead, kind: CoordinateKind): Uint8Array<ArrayBuffer> {
  const late = where(fileAttributes(head, kind), (tag) => tag > GROUPS);
  return joinBytes([closeSequence(), encodeDataSet(late)]);
}

/** What comes before a group's coordinates: x and y of each of its nuclei, as the kind has it. */
export function openGroup(
  head: DerivedHead,
  kind: CoordinateKind,
  group: AnnotationGroup,
): Uint8Array<ArrayBuffer> {
  const early = where(groupAttributes(head, kind, group), (tag) => tag < MEASUREMENTS);
  const length = 2 * kind.bytes * group.count;
  const coordinates =
    kind.bytes === 8
      ? elementHead('00660022', 'OD', length)
      : elementHead('00660016', 'OF', length);
  return joinBytes([openItem(), encodeDataSet(early), coordinates]);
}

/** What comes between a group's coordinates and its scores, a float each. */
export function openScores({ count }: AnnotationGroup): Uint8Array<ArrayBuffer> {
  const concept = dataSet({
    MeasurementUnitsCodeSequence: codeItem(codes.noUnits),
    ConceptNameCodeSequence: codeItem(codes.detectionScore),
  });
  return joinBytes([
    ...[openSequence(MEASUREMENTS), openItem(), encodeDataSet(concept)],
    ...[openSequence(MEASUREMENT_VALUES), openItem(), elementHead('00660125', 'OF', 4 * count)],
  ]);
}

/** What comes after a group's scores. */
export function closeScores(): Uint8Array<ArrayBuffer> {
  return joinBytes([closeItem(), closeSequence(), closeItem(), closeSequence()]);
}

/** What comes at the end of a group. */
export function closeGroup(
  head: DerivedHead,
  kind: CoordinateKind,
  group: AnnotationGroup,
): Uint8Array<ArrayBuffer> {
  const late = where(groupAttributes(head, kind, group), (tag) => tag > MEASUREMENTS);
  return joinBytes([encodeDataSet(late), closeItem()]);
}

function fileAttributes(head: DerivedHead, { type, attributes }: CoordinateKind): DicomJson {
  const { dicom, dataset } = head;
  const kind = { sopClass: SOP_CLASS, modality: 'ANN', seriesNumber: 9001, variant: type } as const;
  const image = slideReference(dicom.slide);
  return {
    ...derivedObject(head, kind),
    ...attributes,
    ...dataSet({
      ReferencedSeriesSequence: dataSet({
        ReferencedInstanceSequence: image,
        SeriesInstanceUID: textOf(dicom.slide, '0020000E') ?? '',
      }),
      ReferencedImageSequence: image,
      AnnotationCoordinateType: type,
      ContentLabel: 'UNICELL',
      ContentDescription: `Cell nuclei, ${dataset.id}; research use only`.slice(0, 64),
      ContentCreatorName: [],
    }),
  };
}

function groupAttributes(
  head: DerivedHead,
  { type }: CoordinateKind,
  { classIndex, count, number }: AnnotationGroup,
): DicomJson {
  const { dataset, model } = head;
  const { instance } = objectUids(head, { modality: 'ANN', variant: type });
  const cls = dataset.classes[classIndex];
  const name = classIndex === UNKNOWN_CLASS ? 'unknown' : cls!.name;
  return dataSet({
    PrimaryAnatomicStructureSequence: cls && codeItem(cellTypeOf(cls)),
    AnnotationGroupNumber: number,
    RecommendedDisplayCIELabValue: cls && cielabOf(cls.colour),
    AnnotationGroupUID: uidOf('group', instance, name),
    AnnotationGroupLabel: name.slice(0, 64),
    AnnotationGroupDescription: `${name} nuclei in the words of the dataset ${dataset.id}`,
    AnnotationGroupGenerationType: 'AUTOMATIC',
    AnnotationGroupAlgorithmIdentificationSequence: algorithm(model),
    AnnotationPropertyCategoryCodeSequence: codeItem(categoryOf(cls ?? {})),
    AnnotationPropertyTypeCodeSequence: codeItem(codes.nucleus),
    NumberOfAnnotations: count,
    AnnotationAppliesToAllOpticalPaths: 'YES',
    AnnotationAppliesToAllZPlanes: type === '3D' ? 'NO' : undefined,
    CommonZCoordinateValue: type === '3D' ? 0 : undefined,
    GraphicType: 'POINT',
  });
}

/** Algorithm Identification Macro (PS3.3, 10.16). */
function algorithm({ id, version }: DerivedHead['model']): DicomJson {
  return dataSet({
    AlgorithmFamilyCodeSequence: codeItem(codes.artificialIntelligence),
    AlgorithmName: id.slice(0, 64),
    AlgorithmVersion: version.slice(0, 64),
    AlgorithmSource: 'UniCell Edge',
  });
}

function where(data: DicomJson, isWanted: (tag: string) => boolean): DicomJson {
  return Object.fromEntries(Object.entries(data).filter(([tag]) => isWanted(tag)));
}
