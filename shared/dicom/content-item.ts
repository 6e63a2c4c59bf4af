/**
 * Content items of structured reports (DICOM PS3.3, C.17.3).
 *
 * @module
 */
import type { Code } from '../datasets/cell-type.ts';
import { codeItem } from './codes.ts';
import { dataSet } from './data-set.ts';
import type { DicomJson } from './dicom-json.ts';

/** How an item hangs on the one above it. */
export type Relationship = 'CONTAINS' | 'HAS CONCEPT MOD' | 'HAS OBS CONTEXT';

type Named = readonly [relationship: Relationship, concept: Code];

/** The longest decimal string (DS). */
const DECIMAL_LENGTH = 16;

export function containerContent(
  concept: Code,
  content: readonly DicomJson[],
  { template, relationship }: { readonly template?: string; readonly relationship?: Relationship },
): DicomJson {
  return dataSet({
    RelationshipType: relationship,
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: codeItem(concept),
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence:
      template && dataSet({ MappingResource: 'DCMR', TemplateIdentifier: template }),
    ContentSequence: content,
  });
}

export function codeContent(named: Named, value: Code): DicomJson {
  return { ...begin(named, 'CODE'), ...dataSet({ ConceptCodeSequence: codeItem(value) }) };
}

export function textContent(named: Named, text: string): DicomJson {
  return { ...begin(named, 'TEXT'), ...dataSet({ TextValue: text }) };
}

export function uidContent(named: Named, uid: string): DicomJson {
  return { ...begin(named, 'UIDREF'), ...dataSet({ UID: uid }) };
}

/** A measurement: rounded as a decimal, and exactly. */
export function numberContent(concept: Code, value: number, unit: Code): DicomJson {
  const measured = dataSet({
    MeasurementUnitsCodeSequence: codeItem(unit),
    NumericValue: decimalString(value),
    FloatingPointValue: value,
  });
  return {
    ...begin(['CONTAINS', concept], 'NUM'),
    ...dataSet({ MeasuredValueSequence: measured }),
  };
}

/** @param reference SOP class and instance. */
export function imageContent(reference: DicomJson): DicomJson {
  return dataSet({
    RelationshipType: 'CONTAINS',
    ValueType: 'IMAGE',
    ReferencedSOPSequence: reference,
  });
}

/** @param corners x, y, z in millimetres; the first comes again at the end. */
export function polygonContent(
  concept: Code,
  frameOfReference: string,
  corners: readonly number[],
): DicomJson {
  return {
    ...begin(['CONTAINS', concept], 'SCOORD3D'),
    ...dataSet({
      GraphicType: 'POLYGON',
      GraphicData: corners,
      ReferencedFrameOfReferenceUID: frameOfReference,
    }),
  };
}

function begin([relationship, concept]: Named, valueType: string): DicomJson {
  return dataSet({
    RelationshipType: relationship,
    ValueType: valueType,
    ConceptNameCodeSequence: codeItem(concept),
  });
}

/** With as many digits as a decimal string holds. */
function decimalString(value: number): string {
  let text = String(value);
  for (let digits = DECIMAL_LENGTH; text.length > DECIMAL_LENGTH; digits--) {
    text = String(Number(value.toPrecision(digits)));
  }
  return text;
}
