/**
 * What every object that we derive from a slide says: whose slide it is, which series it belongs to, and
 * what made it.
 *
 * @module
 */

import { OWN_SCHEME } from '../../dicom/codes.ts';
import { copiedAttributes } from '../../dicom/copied-attributes.ts';
import { dataSet } from '../../dicom/data-set.ts';
import { type DicomJson, numberOf, textOf } from '../../dicom/dicom-json.ts';
import { uidOf } from '../../dicom/uid.ts';
import { UniCellError } from '../../errors.ts';
import type { Derivation } from '../derivation.ts';
import type { ExportHead } from '../format.ts';

export type DerivedHead = ExportHead & { readonly dicom: Derivation };

const INSTANCE = '00080018';
const SERIES = '0020000E';

/** A kind of object, and the series that it goes to. */
export interface ObjectKind {
  readonly sopClass: string;
  readonly modality: 'ANN' | 'SR';
  readonly seriesNumber: number;
  /** Sets objects of the same slide and class apart: `3D`, `2D`. */
  readonly variant: string;
}

/**
 * Requires that the image is a DICOM slide and that coordinates are of its pixels.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`.
 */
export function requireDerivation(head: ExportHead): DerivedHead {
  const { dicom, image } = head;
  if (dicom === undefined) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `"${image.id}" is no DICOM slide, so there is nothing that a DICOM object could refer to. Take the slide by DICOMweb, or another format.`,
    );
  }
  const [columns, rows] = [numberOf(dicom.slide, '00480006'), numberOf(dicom.slide, '00480007')];
  if (columns !== image.width || rows !== image.height) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `"${image.id}" has ${image.width} x ${image.height} pixels, its DICOM data says ${columns} x ${rows}; coordinates would not be of that slide.`,
    );
  }
  return { ...head, dicom };
}

/** Names of an object: what is made again of the same slide, model and options has the same. */
export function objectUids(
  { dicom, dataset, model }: DerivedHead,
  { modality, variant }: Pick<ObjectKind, 'modality' | 'variant'>,
): { readonly instance: string; readonly series: string } {
  const maker = [model.id, model.version, dataset.id];
  const slide = (tag: string) => textOf(dicom.slide, tag) ?? '';
  return {
    instance: uidOf('instance', modality, variant, slide(INSTANCE), dicom.identity, dataset.id),
    series: uidOf('series', modality, slide(SERIES), ...maker),
  };
}

/** The attributes that ANN and SR share. */
export function derivedObject(head: DerivedHead, kind: ObjectKind): DicomJson {
  const { dicom, dataset, model } = head;
  const { slide, date, time } = dicom;
  const { modality } = kind;
  const { instance, series } = objectUids(head, kind);
  return {
    ...ABSENT,
    ...copiedAttributes(slide),
    ...dataSet({
      SpecificCharacterSet: 'ISO_IR 192',
      SOPClassUID: kind.sopClass,
      SOPInstanceUID: instance,
      SeriesInstanceUID: series,
      Modality: modality,
      SeriesNumber: kind.seriesNumber,
      SeriesDescription: `UniCell nuclei, ${dataset.id}`.slice(0, 64),
      InstanceNumber: 1,
      ContentDate: date,
      ContentTime: time,
      Manufacturer: 'UniCell Edge',
      ManufacturerModelName: model.id.slice(0, 64),
      DeviceSerialNumber: model.version.slice(0, 64),
      SoftwareVersions: `${model.id} ${model.version}`.slice(0, 64),
      CodingSchemeIdentificationSequence: dataSet({
        CodingSchemeDesignator: OWN_SCHEME,
        CodingSchemeName: 'UniCell Edge: classes of cell nuclei and what is measured of them',
        CodingSchemeResponsibleOrganization: 'UniCell Edge',
      }),
    }),
  };
}

/** The image that it is about, as an item. */
export function slideReference(slide: DicomJson): DicomJson {
  return dataSet({
    ReferencedSOPClassUID: textOf(slide, '00080016') ?? '',
    ReferencedSOPInstanceUID: textOf(slide, '00080018') ?? '',
  });
}

/** What must be there, if only empty, also where the slide does not have it. */
const ABSENT = dataSet({
  StudyDate: [],
  StudyTime: [],
  AccessionNumber: [],
  ReferringPhysicianName: [],
  PatientName: [],
  PatientID: [],
  PatientBirthDate: [],
  PatientSex: [],
  StudyID: [],
});
