/**
 * Data sets in the DICOM JSON model (DICOM PS3.18, annex F), and small getters that do not trust them:
 * what is missing, or of another kind than its attribute's, reads as `undefined` or as nothing.
 *
 * @module
 */

/** One attribute. At most one of the three members is there; none for an attribute without value. */
export interface DicomAttribute {
  /** Value representation, two letters. */
  readonly vr: string;
  readonly Value?: readonly unknown[];
  /** Where the value can be fetched. */
  readonly BulkDataURI?: string;
  /** Base64. */
  readonly InlineBinary?: string;
}

/** A data set, or an item of a sequence: attributes by tag, eight upper-case hex digits (`00080018`). */
export type DicomJson = Readonly<Record<string, DicomAttribute>>;

/** Whether something is a data set: an object of attributes by tag. Sequences are not looked into. */
export function isDicomJson(value: unknown): value is DicomJson {
  if (!isObject(value)) return false;
  return Object.entries(value).every(
    ([tag, attribute]) =>
      /^[0-9A-Fa-f]{8}$/.test(tag) && isObject(attribute) && typeof attribute.vr === 'string',
  );
}

/** All values of an attribute; `null` stands for an empty one among others. */
function valuesOf(data: DicomJson | undefined, tag: string): readonly unknown[] {
  const value = data?.[tag]?.Value;
  return Array.isArray(value) ? value : [];
}

/** The strings of an attribute, without padding; for person names the first component group. */
export function textsOf(data: DicomJson | undefined, tag: string): string[] {
  return valuesOf(data, tag).flatMap((value) => {
    const text = isObject(value) ? value.Alphabetic : value;
    return typeof text === 'string' || typeof text === 'number' ? [String(text).trim()] : [];
  });
}

/** The first string of an attribute; `undefined` when there is none or it is empty. */
export function textOf(data: DicomJson | undefined, tag: string): string | undefined {
  return textsOf(data, tag)[0] || undefined;
}

/** The finite numbers of an attribute. DS and IS may stand as strings (annex F.2.2). */
export function numbersOf(data: DicomJson | undefined, tag: string): number[] {
  return valuesOf(data, tag).flatMap((value) => {
    const isText = typeof value === 'string' && value.trim() !== '';
    const number = isText ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? [number] : [];
  });
}

/** The first number of an attribute. */
export function numberOf(data: DicomJson | undefined, tag: string): number | undefined {
  return numbersOf(data, tag)[0];
}

/** The items of a sequence. */
export function itemsOf(data: DicomJson | undefined, tag: string): DicomJson[] {
  return valuesOf(data, tag).filter((value): value is DicomJson => isObject(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
