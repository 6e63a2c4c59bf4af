import { parse, v5 } from 'uuid';

/** Of all names that UIDs are made from. */
const NAMESPACE = '6f1b3f0e-4c55-5d0a-9f4e-0c1d4b6a7e21';

/**
 * A UID that is the same for the same parts, so that what is made again has the UID that it had: a UUID of
 * version 5 as a decimal number below `2.25` (DICOM PS3.5, annex B.2).
 *
 * @example
 * uidOf('series', source, 'ANN'); // '2.25.1632...'
 */
export function uidOf(...parts: readonly string[]): string {
  const uuid = parse(v5(JSON.stringify(parts), NAMESPACE));
  return `2.25.${uuid.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)}`;
}
