import { UniCellError } from '../../shared/errors.ts';
import type { Unit } from './foreign-nuclei.ts';

/** Which columns of a table are the centres. */
export interface PointColumns {
  readonly x: string;
  readonly y: string;
  readonly unit: Unit;
}

/** Names of x and y in pixels, as programs write them; of scikit-image and Cellpose the rows come first. */
const PIXELS: readonly (readonly [x: string, y: string])[] = [
  ['x', 'y'],
  ['centroid x px', 'centroid y px'],
  ['x_px', 'y_px'],
  ['centroid-1', 'centroid-0'],
];
const MICROMETRES: readonly (readonly [x: string, y: string])[] = [
  ['centroid x um', 'centroid y um'],
  ['x_um', 'y_um'],
];
/** Xenium writes micrometres under these, and others write pixels. */
const EITHER: readonly (readonly [x: string, y: string])[] = [
  ['x_centroid', 'y_centroid'],
  ['centroid_x', 'centroid_y'],
];

/**
 * Finds the columns of the centres.
 *
 * @param unit What the user says; counts before the names.
 * @throws {UniCellError} `POINTS_INVALID` when there are none, `INVALID_OPTIONS` when only the user can say their unit.
 */
export function findPointColumns(
  origin: string,
  names: readonly string[],
  unit: Unit | undefined,
): PointColumns {
  const plain = names.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replace(/(?:Â?µ|μ|î¼|\ufffd)m$/i, 'um'),
  );
  const columnsOf = (pairs: typeof PIXELS) => {
    const pair = pairs.find(([x, y]) => plain.includes(x) && plain.includes(y));
    return pair && { x: names[plain.indexOf(pair[0])]!, y: names[plain.indexOf(pair[1])]! };
  };
  const inPixels = columnsOf(PIXELS);
  if (inPixels) return { ...inPixels, unit: unit ?? 'px' };
  const inUm = columnsOf(MICROMETRES);
  if (inUm) return { ...inUm, unit: unit ?? 'um' };
  const either = columnsOf(EITHER);
  if (either && unit !== undefined) return { ...either, unit };
  if (either) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${origin} has the columns ${either.x} and ${either.y}, which are micrometres in files of Xenium and pixels in others. Pass --unit um or --unit px.`,
    );
  }
  const known = [...PIXELS, ...MICROMETRES, ...EITHER].map((pair) => pair.join(' and '));
  throw new UniCellError(
    'POINTS_INVALID',
    `${origin} has the columns ${names.slice(0, 30).join(', ') || '(none)'}, and no centres among them; read are ${known.join('; ')}.`,
  );
}
