/**
 * Values that a PACS leaves out of its metadata because they are long, put back where they belong.
 *
 * @module
 */
import type { DicomAttribute, DicomJson } from '../dicom/dicom-json.ts';
import type { DicomwebClient } from './client.ts';
import type { InstanceReference } from './dicomweb-url.ts';

/** Value representations that are no text, and those of text in which a backslash parts nothing (PS3.5, 6.2). */
const BINARY = /^(O[BDFLVW]|UN|AT|F[DL]|S[LSV]|U[LSV])$/;
const ONE_TEXT = /^(LT|ST|UT)$/;
const MAX_BYTES = 2 ** 20;

export interface InlinedData {
  readonly data: DicomJson;
  /** Tags of values that could not be had; they are left out. */
  readonly missing: readonly string[];
}

/** Fetches the bulk data of a data set and of the items in it; text becomes text, anything else base64. */
export async function inlineBulkData(
  client: DicomwebClient,
  reference: InstanceReference,
  data: DicomJson,
): Promise<InlinedData> {
  const missing: string[] = [];
  const inlined = async (one: DicomJson): Promise<DicomJson> => {
    const entries = await Promise.all(
      Object.entries(one).map(async ([tag, attribute]) => {
        const whole = await inlinedAttribute(attribute).catch(() => undefined);
        if (whole === undefined) missing.push(tag);
        return whole === undefined ? [] : [[tag, whole] as const];
      }),
    );
    return Object.fromEntries(entries.flat());
  };
  const inlinedAttribute = async (attribute: DicomAttribute): Promise<DicomAttribute> => {
    const { vr, Value, BulkDataURI } = attribute;
    if (vr === 'SQ' && Value) {
      return { vr, Value: await Promise.all((Value as DicomJson[]).map(inlined)) };
    }
    if (BulkDataURI === undefined) return attribute;
    const bytes = await client.bulkData(reference, BulkDataURI, MAX_BYTES);
    if (BINARY.test(vr)) return { vr, InlineBinary: base64Of(bytes) };
    const text = new TextDecoder().decode(bytes).replace(/[ \0]+$/, '');
    return { vr, Value: ONE_TEXT.test(vr) ? [text] : text.split('\\') };
  };
  return { data: await inlined(data), missing };
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
