/**
 * What every resource of a bundle refers to.
 *
 * @module
 */
import type { Reference } from 'fhir/r4.js';
import { v5 } from 'uuid';
import type { JobSummary } from '../job-summary.ts';

/** The UUID of the URL `urn:unicell-edge:fhir`. */
const NAMESPACE = '3d7a9817-9c88-57fc-9fed-2055a0e8e5d4';

/**
 * The name of a resource in its bundle: the same analysis gives the same names.
 *
 * @param names What sets the resource apart.
 */
export function urnOf({ identity }: JobSummary, ...names: readonly string[]): string {
  const name = new TextEncoder().encode(JSON.stringify([identity, ...names]));
  return `urn:uuid:${v5(name, NAMESPACE)}`;
}

/** The slide's study, by its UID: where it is known the resource need not be there. */
export function studyOf({ dicom }: JobSummary): Reference | undefined {
  return dicom
    ? {
        type: 'ImagingStudy',
        identifier: { system: 'urn:dicom:uid', value: `urn:oid:${dicom.studyInstanceUid}` },
      }
    : undefined;
}

/** The patient and the specimen, by their identifiers in the hospital. */
export function subjectOf({ dicom }: JobSummary): {
  readonly subject?: Reference;
  readonly specimen?: Reference;
} {
  const { patientId, containerIdentifier } = dicom ?? {};
  return {
    ...(patientId && { subject: { type: 'Patient', identifier: { value: patientId } } }),
    ...(containerIdentifier && {
      specimen: { type: 'Specimen', identifier: { value: containerIdentifier } },
    }),
  };
}
