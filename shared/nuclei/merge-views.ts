/**
 * Several looks at one image, one table of nuclei.
 *
 * @module
 */
import KDBush from 'kdbush';
import { NucleiBuilder } from './builder.ts';
import type { Nuclei } from './nuclei.ts';
import { inReadingOrder } from './reading-order.ts';
import { concatNuclei, rowsWhere, takeNuclei } from './select.ts';
import { byRank, suppressDuplicates } from './suppress.ts';

/**
 * Averages what several views found. From the surest nucleus down, each takes the nearest free nucleus of
 * every other view within the radius. Together they are one: at their mean place, weighted by score, with
 * the mean score, to which a view that saw nothing adds 0, and the class that most of the score is for.
 * Of those that then lie nearer than the radius the surer one stays. The result does not depend on the
 * order of the views.
 *
 * @param views In the same coordinates, each without duplicates.
 * @param radiusPx In the pixels of the coordinates; 0 merges nothing.
 * @returns From top to bottom, then from left to right.
 */
export function mergeViews(views: readonly Nuclei[], radiusPx: number): Nuclei {
  const all = concatNuclei(views);
  const viewOf = views.flatMap((view, index) => Array<number>(view.length).fill(index));
  const merged = new NucleiBuilder();
  const taken = new Uint8Array(all.length);
  const near = nearestFirst(all, radiusPx);
  for (const row of byRank(all)) {
    if (taken[row] === 1) continue;
    const members = new Map([[viewOf[row]!, row]]);
    for (const other of near(row)) {
      if (taken[other] === 0 && !members.has(viewOf[other]!)) members.set(viewOf[other]!, other);
    }
    for (const member of members.values()) taken[member] = 1;
    pushMean(merged, all, [...members.values()], views.length);
  }
  const dropped = suppressDuplicates(merged, radiusPx);
  const rows = rowsWhere(merged.length, (row) => dropped[row] === 0);
  return takeNuclei(merged, inReadingOrder(merged, rows));
}

/** Of a row: the rows within the radius, the nearest first; equally near ones by rank. */
function nearestFirst({ x, y, score, length }: Nuclei, radiusPx: number) {
  if (length === 0 || radiusPx === 0) return () => [];
  const index = new KDBush(length, 16, Float32Array);
  for (let row = 0; row < length; row++) index.add(x[row]!, y[row]!);
  index.finish();
  return (row: number): number[] => {
    const squared = (other: number) => (x[other]! - x[row]!) ** 2 + (y[other]! - y[row]!) ** 2;
    return index
      .within(x[row]!, y[row]!, radiusPx)
      .sort((a, b) => squared(a) - squared(b) || score[b]! - score[a]!);
  };
}

function pushMean(into: NucleiBuilder, nuclei: Nuclei, rows: readonly number[], views: number) {
  const ofClass = new Map<number, number>();
  let [sum, x, y] = [0, 0, 0];
  for (const row of rows) {
    const score = nuclei.score[row]!;
    sum += score;
    x += score * nuclei.x[row]!;
    y += score * nuclei.y[row]!;
    ofClass.set(nuclei.class[row]!, (ofClass.get(nuclei.class[row]!) ?? 0) + score);
  }
  const [best] = [...ofClass].sort(([a, mine], [b, theirs]) => theirs - mine || a - b);
  into.push(x / sum, y / sum, best![0], sum / views);
}
