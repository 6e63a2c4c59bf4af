/**
 * What an assignment would cost, found out for a small part of that.
 *
 * @module
 */
import KDBush from 'kdbush';
import type { Points } from './labelled-points.ts';

/**
 * Distance evaluations of the search for every point that has to be passed on the way to a free one: in small
 * sets all points are looked at a few times for each, in large ones those nearby are. `estimate-work.test.ts`
 * holds them against what is really done.
 */
const WORK_PER_PASSED = { perColumn: 2, most: 1000 };
/** Of a point whose partner lies beside it. */
const WORK_AT_LEAST = 100;

/**
 * Estimates the distance evaluations of `assignPoints` by pairing every point with the nearest one that is
 * free: what lies nearer and is taken must be passed by the search as well.
 *
 * @param limit Stops when the estimate is above, with what it has come to scaled to all points: the more are
 *   taken, the more must be passed.
 */
export function estimateWork(a: Points, b: Points, limit: number): number {
  const [rows, columns] = a.x.length > b.x.length ? [b, a] : [a, b];
  const [n, m] = [rows.x.length, columns.x.length];
  if (n === 0) return 0;
  const index = new KDBush(m);
  for (let j = 0; j < m; j++) index.add(columns.x[j]!, columns.y[j]!);
  index.finish();
  const isTaken = new Uint8Array(m);
  const spacing = spacingOf(columns);
  const each = Math.min(WORK_PER_PASSED.perColumn * m, WORK_PER_PASSED.most);
  let work = 0;
  for (let i = 0; i < n; i++) {
    const passed = pass(index, columns, isTaken, rows.x[i]!, rows.y[i]!, spacing);
    work += WORK_AT_LEAST + passed * each;
    if (work > limit) return work * (n / (i + 1)) ** 2;
  }
  return work;
}

/** Takes the nearest free column, and says how many that are taken lie no farther. */
function pass(
  index: KDBush,
  { x, y }: Points,
  isTaken: Uint8Array,
  px: number,
  py: number,
  spacing: number,
): number {
  for (let radius = spacing; ; radius *= 2) {
    const near = index.within(px, py, radius);
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const j of near) {
      if (isTaken[j] === 1) continue;
      const distance = Math.hypot(x[j]! - px, y[j]! - py);
      if (nearest >= 0 && distance >= least) continue;
      nearest = j;
      least = distance;
    }
    if (nearest < 0) continue;
    let passed = 0;
    for (const j of near) {
      if (isTaken[j] === 1 && Math.hypot(x[j]! - px, y[j]! - py) <= least) passed++;
    }
    isTaken[nearest] = 1;
    return passed;
  }
}

/** The distance of neighbours, were they spread evenly. */
function spacingOf({ x, y }: Points): number {
  let [left, right, top, bottom] = [x[0]!, x[0]!, y[0]!, y[0]!];
  for (let j = 1; j < x.length; j++) {
    left = Math.min(left, x[j]!);
    right = Math.max(right, x[j]!);
    top = Math.min(top, y[j]!);
    bottom = Math.max(bottom, y[j]!);
  }
  return Math.max(1, Math.sqrt(((right - left) * (bottom - top)) / x.length));
}
