import { UniCellError } from '../../../shared/errors.ts';
import { SPLITS, type Split } from './importer.ts';

/** What part of the pictures each split gets; together 1. */
export type Shares = Readonly<Record<Split, number>>;

/**
 * Reads `--split`: `published`, or percentages for train/val/test such as `70/10/20`.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`.
 */
export function parseSplit(text: string): 'published' | Shares {
  if (text === 'published') return text;
  const percent = text.split('/').map((part) => (/^\d+(\.\d+)?$/.test(part) ? Number(part) : NaN));
  const sum = percent.reduce((total, part) => total + part, 0);
  if (percent.length !== SPLITS.length || !(Math.abs(sum - 100) < 1e-6)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `--split is ${JSON.stringify(text)}; give "published", or percentages for train/val/test that make 100, such as 70/10/20.`,
    );
  }
  const [train, val, test] = percent.map((part) => part / 100) as [number, number, number];
  return { train, val, test };
}
