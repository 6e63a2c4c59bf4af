/**
 * Deals pictures to train, val and test so that no patient is in two of them.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { streamFor } from '../../../shared/random.ts';
import { type PublishedImage, SPLITS, type Split } from './importer.ts';
import type { Shares } from './split-choice.ts';

type Dealt = Pick<PublishedImage, 'name' | 'columns'>;

/** By what pictures are kept together: what is known of them, the coarsest first. */
function groupOf({ name, columns }: Dealt): string {
  return columns.patient ?? columns.slide ?? name;
}

/**
 * Deals within each organ: its patients (else slides, else pictures) in an order drawn by `seed`, each to
 * the split that lacks most pictures. The same pictures, shares and seed give the same split, in whatever
 * order the pictures come.
 *
 * @param seed Any safe integer.
 * @returns The split of each picture, by name.
 * @throws {UniCellError} `INVALID_OPTIONS` when a split that should have pictures gets none.
 */
export function dealSplit(
  images: readonly Dealt[],
  shares: Shares,
  seed: number,
): Map<string, Split> {
  const dealt = new Map<string, Split>();
  for (const [organ, pictures] of grouped(images, ({ columns }) => columns.organ ?? '')) {
    const groups = grouped(pictures, groupOf);
    const lacking = new Map(SPLITS.map((split) => [split, shares[split] * pictures.length]));
    for (const [, group] of shuffled(groups, seed, organ)) {
      const [split, lack] = [...lacking].reduce((most, one) => (one[1] > most[1] ? one : most));
      lacking.set(split, lack - group.length);
      for (const { name } of group) dealt.set(name, split);
    }
  }
  const given = new Set(dealt.values());
  const without = SPLITS.find((split) => shares[split] > 0 && !given.has(split));
  if (!without) return dealt;
  const groups = new Set(images.map(groupOf)).size;
  throw new UniCellError(
    'INVALID_OPTIONS',
    `${images.length} pictures of ${groups} patients, slides or pictures without either cannot be dealt so that ${without} gets ${shares[without] * 100} % of them; it would get none. Pass another --split or --seed.`,
  );
}

/** Items by key, in the order of the keys. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Fisher and Yates, with a stream of its own for each organ. */
function shuffled<T>(items: readonly T[], seed: number, organ: string): T[] {
  const random = streamFor(seed, `split ${organ}`);
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random.uniform(0, last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
