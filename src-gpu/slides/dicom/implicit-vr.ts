/**
 * Value representations of attributes in files that do not say them (Implicit VR Little Endian; PS3.6).
 *
 * @module
 */
import dcmjs from 'dcmjs';

/** What the dictionary leaves open: whole slides have no negative samples, and their pixels are bytes or words. */
const OPEN: Readonly<Record<string, string>> = { xs: 'US', ox: 'OW', up: 'UL' };

/**
 * @param tag As dicom-parser writes it: `x00280010`.
 * @returns `undefined` for private attributes, and those that the standard does not have.
 */
export function vrOf(tag: string): string | undefined {
  const name = `(${tag.slice(1, 5)},${tag.slice(5)})`.toUpperCase();
  const vr = dcmjs.data.DicomMetaDictionary.dictionary[name]?.vr;
  if (vr === undefined) return undefined;
  const known = OPEN[vr] ?? vr;
  return /^[A-Z]{2}$/.test(known) ? known : undefined;
}
