/**
 * The words for organs and tissues: what a request may say, and what the datasets list.
 *
 * @module
 */
import { foldName } from './dataset.ts';

/** Words of clinic, TCGA and everyday for the organs that datasets list. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  bladder: ['urinary bladder', 'urothelial', 'urothelium', 'blca'],
  breast: ['mammary', 'brca'],
  colon: ['colorectal', 'rectum', 'bowel', 'large intestine', 'crc', 'coad', 'read'],
  endometrium: ['endometrial', 'uterus', 'uterine', 'ucec'],
  'head and neck': ['oral', 'larynx', 'pharynx', 'hnsc'],
  kidney: ['renal', 'kirc', 'kirp', 'kich'],
  lung: ['pulmonary', 'luad', 'lusc'],
  prostate: ['prostatic', 'prad'],
  stomach: ['gastric', 'stad'],
};

/**
 * The organ that a hint means.
 *
 * @param hint An organ or tissue in any of the usual words; case and separators do not matter.
 * @returns The word that datasets list; an unknown hint comes back folded, so that the datasets of a
 * model card can list organs of their own.
 * @example
 * organOf('Colorectal'); // 'colon'
 */
export function organOf(hint: string): string {
  const wanted = foldName(hint);
  for (const [organ, words] of Object.entries(synonyms)) {
    if ([organ, ...words].some((word) => foldName(word) === wanted)) {
      return organ;
    }
  }
  return wanted;
}
