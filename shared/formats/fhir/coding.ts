/**
 * Codes and quantities as FHIR R4 writes them.
 *
 * @module
 */
import type { CodeableConcept, Coding, Quantity } from 'fhir/r4.js';
import type { Code } from '../../datasets/cell-type.ts';

/** Designators of DICOM as the URIs of FHIR ("Using Codes in Resources", External Code Systems). */
const SYSTEMS: Readonly<Record<string, string>> = {
  SCT: 'http://snomed.info/sct',
  DCM: 'http://dicom.nema.org/resources/ontology/DCM',
  UCUM: 'http://unitsofmeasure.org',
  '99UNICELL': 'urn:unicell-edge',
};

/** A code with its words. */
export function concept(code: Code, text: string = code.meaning): CodeableConcept {
  return { coding: [codingOf(code)], text };
}

/** A number in a unit of UCUM. */
export function quantity(value: number, unit: Code): Quantity {
  return { value, unit: unit.meaning, system: SYSTEMS.UCUM!, code: unit.value };
}

function codingOf({ value, scheme, meaning }: Code): Coding {
  const system = SYSTEMS[scheme];
  return { ...(system && { system }), code: value, display: meaning };
}
