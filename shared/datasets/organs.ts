/**
 * The words for organs and tissues: what a request may say, and what the datasets list.
 *
 * @module
 */
import { foldName } from './dataset.ts';

/** Words of clinic, TCGA and everyday for the organs that datasets list. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  'adrenal gland': ['adrenal', 'suprarenal gland', 'acc', 'pcpg'],
  'bile duct': ['biliary', 'cholangiocarcinoma', 'chol'],
  bladder: ['urinary bladder', 'urothelial', 'urothelium', 'blca'],
  brain: ['cerebrum', 'cerebral', 'gbm', 'lgg'],
  breast: ['mammary', 'brca'],
  cervix: ['cervical', 'uterine cervix', 'cesc'],
  colon: ['colorectal', 'rectum', 'bowel', 'large intestine', 'crc', 'coad', 'read'],
  endometrium: ['endometrial', 'uterus', 'uterine', 'ucec'],
  esophagus: ['oesophagus', 'esophageal', 'oesophageal', 'esca'],
  'head and neck': ['oral', 'larynx', 'pharynx', 'hnsc'],
  heart: ['cardiac', 'myocardium'],
  kidney: ['renal', 'kirc', 'kirp', 'kich'],
  liver: ['hepatic', 'hepatocellular', 'lihc'],
  lung: ['pulmonary', 'luad', 'lusc'],
  muscle: ['skeletal muscle'],
  ovary: ['ovarian', 'ov'],
  pancreas: ['pancreatic', 'paad'],
  prostate: ['prostatic', 'prad'],
  skin: ['cutaneous', 'melanoma', 'skcm'],
  spleen: ['splenic'],
  stomach: ['gastric', 'stad'],
  testis: ['testicular', 'testes', 'tgct'],
  thymus: ['thymic', 'thym'],
  thyroid: ['thca'],
  tonsil: ['tonsillar'],
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
