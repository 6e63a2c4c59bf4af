/** Where the variants lie that are measured, and where the labelled images. */

import { fileURLToPath } from 'node:url';

/** A model's folder with every recipe as a variant; not committed. */
export const folder = fileURLToPath(new URL('../../../out/quantisation', import.meta.url));

/** Folder of the labelled data sets. */
export const data =
  process.env.UNICELL_DATA ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/** The name of a variant's figure in the report. */
export function figureName(variant: string, figure: string): string {
  return `${variant.replaceAll('-', '_')}_${figure.replaceAll('-', '_')}`;
}
