/**
 * How large the ring around each nucleus is.
 *
 * @module
 */
import KDBush from 'kdbush';
import type { Nuclei } from './nuclei.ts';

/** About the radius of a nucleus in tissue, in micrometres. */
const USUAL_UM = 4;
/** Of the nuclei of lymphocytes, plasma cells and granulocytes, which are the small round ones. */
const SMALL_UM = 3;
/** Of nuclei of tumours and epithelium. */
const LARGE_UM = 5;
const SMALL = /lymph|inflam|plasma|neutro|eosino/i;
const LARGE = /tumou?r|neoplas|malignan|epithel/i;
/** Of the way to the nearest neighbour: rings of neighbours then do not touch. */
const SHARE = 0.44;

/**
 * The radius of each ring in pixels. A ring is as large as nuclei of its class mostly are, or as was asked for, and
 * never reaches its neighbour: a hundred lymphocytes in a crowd stay a hundred rings.
 *
 * @param radiusUm Asked for; it counts before the size of the class.
 */
export function ringRadii(
  nuclei: Nuclei,
  classes: readonly { readonly name: string }[],
  { mpp, radiusUm }: { readonly mpp: number; readonly radiusUm?: number | undefined },
): Float32Array {
  const { x, y, length } = nuclei;
  const radii = new Float32Array(length);
  if (length === 0) return radii;
  const wanted = classes.map(({ name }) => (radiusUm ?? sizeUm(name)) / mpp);
  const index = new KDBush(length, 32, Float32Array);
  for (let row = 0; row < length; row++) index.add(x[row]!, y[row]!);
  index.finish();
  for (let row = 0; row < length; row++) {
    const full = wanted[nuclei.class[row]!]!;
    let nearest = full / SHARE;
    for (const other of index.within(x[row]!, y[row]!, nearest)) {
      if (other === row) continue;
      nearest = Math.min(nearest, Math.hypot(x[other]! - x[row]!, y[other]! - y[row]!));
    }
    radii[row] = nearest * SHARE;
  }
  return radii;
}

function sizeUm(name: string): number {
  if (SMALL.test(name)) return SMALL_UM;
  return LARGE.test(name) ? LARGE_UM : USUAL_UM;
}
