import { UniCellError } from '../../shared/errors.ts';
import { type Box, checkBox } from '../../shared/scoring/ignored-boxes.ts';
import { readTable } from './table.ts';

export type BoxesByImage = ReadonlyMap<string, readonly Box[]>;

const corners = ['x0', 'y0', 'x1', 'y1'] as const;

/**
 * Reads `ignore.csv`: boxes of pictures that are neither trained nor scored (docs/datasets.md).
 *
 * @param isKnown Whether there is a picture of this name; a box of another is a mistake in the file.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`; `POINTS_INVALID` naming the line where a corner is no finite number or the box is
 *   reversed or empty, `SCORE_MISMATCH` naming the line of a picture that is not known.
 */
export async function readIgnored(
  path: string,
  isKnown: (image: string) => boolean,
): Promise<BoxesByImage> {
  const boxes = new Map<string, Box[]>();
  for (const { line, cells } of await readTable(path, ['image', ...corners])) {
    const origin = `${path}, line ${line}`;
    const image = cells.image!;
    if (!isKnown(image)) {
      throw new UniCellError(
        'SCORE_MISMATCH',
        `${origin}: there is no picture ${JSON.stringify(image)}; ignore.csv may only name pictures of images.csv.`,
      );
    }
    const [x0, y0, x1, y1] = corners.map((corner) => coordinate(cells[corner]!, corner, origin));
    const box = { x0: x0!, y0: y0!, x1: x1!, y1: y1! };
    checkBox(box, origin);
    const others = boxes.get(image);
    if (others) others.push(box);
    else boxes.set(image, [box]);
  }
  return boxes;
}

function coordinate(text: string, corner: string, origin: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value)) return value;
  throw new UniCellError(
    'POINTS_INVALID',
    `${origin}: ${corner} is ${JSON.stringify(text)}; it must be a finite number of pixels.`,
  );
}
