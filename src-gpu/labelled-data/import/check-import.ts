/**
 * What must hold of a dataset before it is written, whoever published it.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { MAX_MPP, MIN_MPP } from '../../../shared/image/resolution.ts';
import type { Size } from '../../../shared/image/source.ts';
import type { LabelPoint, Labels, LeftOut, PublishedImage } from './importer.ts';

/** Of the nuclei of a picture, this many may lie outside it before its labels are taken for another's. */
const strayLimit = { count: 2, share: 0.1 };

/** @throws {UniCellError} `POINTS_INVALID` when two pictures would become one. */
export function requireOneName(images: readonly PublishedImage[]): void {
  const paths = new Map<string, string>();
  for (const { name, path } of images) {
    const other = paths.get(name);
    if (other !== undefined) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${other} and ${path} have the same name, and would become one picture. Rename one and its labels.`,
      );
    }
    paths.set(name, path);
  }
}

/** @throws {UniCellError} `MPP_INVALID`, calling the value `what`. */
export function requireMpp(mpp: number | undefined, what: string): void {
  if (mpp === undefined || (mpp >= MIN_MPP && mpp <= MAX_MPP)) return;
  throw new UniCellError(
    'MPP_INVALID',
    `${what} is ${mpp}; it must be between ${MIN_MPP} and ${MAX_MPP} micrometres per pixel.`,
  );
}

/** @throws {UniCellError} `MPP_UNKNOWN`, `MPP_INVALID`. */
export function requireKnownMpp(
  { path }: PublishedImage,
  mpp: number | undefined,
  size: Size,
): number {
  if (mpp === undefined) {
    throw new UniCellError(
      'MPP_UNKNOWN',
      `Nothing says the resolution of ${path} (${size.width} x ${size.height} pixels). Pass --source-mpp with its micrometres per pixel.`,
    );
  }
  requireMpp(mpp, `The resolution of ${path}`);
  return mpp;
}

/**
 * Leaves out the few nuclei that lie beyond the edge.
 *
 * @throws {UniCellError} `POINTS_INVALID` when many do: the labels are of another picture or resolution.
 */
export function pointsInside(
  { path }: PublishedImage,
  { points }: Labels,
  { width, height }: Size,
): { points: LabelPoint[]; leftOut: LeftOut } {
  const isInside = ({ x, y }: LabelPoint) => x >= 0 && y >= 0 && x <= width && y <= height;
  const inside = points.filter(isInside);
  const count = points.length - inside.length;
  if (count <= strayLimit.count || count <= strayLimit.share * points.length) {
    return { points: inside, leftOut: { what: 'nuclei outside their picture', count } };
  }
  const stray = points.find((point) => !isInside(point))!;
  throw new UniCellError(
    'POINTS_INVALID',
    `${count} of ${points.length} nuclei of ${path} lie outside its ${width} x ${height} pixels, the first at (${stray.x}, ${stray.y}). Labels and pictures must be of one resolution.`,
  );
}
