/**
 * What a PACS says of instances that were sent to it (DICOM PS3.18, section 10.5.3: Store Instances Response
 * Module, PS3.18 annex I.2).
 *
 * @module
 */
import { type DicomJson, itemsOf, numberOf, textOf } from '../dicom/dicom-json.ts';

/** What is said of one instance. */
export type StowWord =
  | { readonly isStored: true; readonly warning: string | undefined }
  | { readonly isStored: false; readonly reason: string; readonly isDuplicate: boolean };

const STORED = '00081199';
const FAILED = '00081198';
const INSTANCE = '00081155';
const WARNING_REASON = '00081196';
const FAILURE_REASON = '00081197';
const DUPLICATE = 0x0111;

/** Failure and warning reasons (PS3.18, I.2.2; PS3.4, B.2.3; PS3.7, annex C). */
const REASONS: Readonly<Record<number, string>> = {
  272: 'processing failure',
  273: 'an instance of this UID is there',
  274: 'no such object',
  279: 'invalid object instance',
  280: 'no such SOP class',
  281: 'class and instance do not fit',
  290: 'the SOP class is not supported',
  292: 'not authorised',
  305: 'the transfer syntax is not supported',
  306: 'the transfer syntax is not supported',
  528: 'mistyped argument',
  531: 'resource limitation',
  42752: 'out of resources',
  43264: 'the data set does not fit the SOP class',
  45056: 'data elements were coerced',
  45062: 'data elements were discarded',
  45063: 'the data set does not fit the SOP class',
  49152: 'cannot be understood',
  49442: 'the transfer syntax is not supported',
};

/** Reads an answer, by SOP Instance UID. Instances that it does not name are not in the map. */
export function readStowReply(reply: readonly DicomJson[]): ReadonlyMap<string, StowWord> {
  const words = new Map<string, StowWord>();
  for (const data of reply) {
    for (const item of itemsOf(data, STORED)) {
      const warning = reasonOf(item, WARNING_REASON);
      note(words, item, { isStored: true, warning });
    }
    // After those that were stored: of an instance in both lists the worse counts.
    for (const item of itemsOf(data, FAILED)) {
      const reason = reasonOf(item, FAILURE_REASON) ?? 'no reason was given';
      const isDuplicate = numberOf(item, FAILURE_REASON) === DUPLICATE;
      note(words, item, { isStored: false, reason, isDuplicate });
    }
  }
  return words;
}

function note(words: Map<string, StowWord>, item: DicomJson, word: StowWord): void {
  const instance = textOf(item, INSTANCE);
  if (instance !== undefined) words.set(instance, word);
}

function reasonOf(item: DicomJson, tag: string): string | undefined {
  const code = numberOf(item, tag);
  if (code === undefined || code === 0) return undefined;
  // A700 and C000 stand for all codes that begin so.
  const text = REASONS[code] ?? REASONS[code & 0xff00] ?? REASONS[code & 0xf000];
  return `${text ?? 'a reason of its own'} (${code.toString(16).toUpperCase().padStart(4, '0')})`;
}
