import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A JPEG at a place of the grid of a Mirax slide. */
export interface MiraxTile {
  readonly column: number;
  readonly row: number;
  readonly jpeg: Uint8Array;
}

/**
 * Writes a Mirax slide of one level and gives the path of its `.mrxs`, which is a thumbnail as the real ones
 * are. Its level is the whole grid; only the tiles given have been scanned.
 *
 * @param side Of a tile, in pixels.
 */
export async function writeMirax(
  folder: string,
  grid: { readonly columns: number; readonly rows: number; readonly side: number },
  tiles: readonly MiraxTile[],
  thumbnail: Uint8Array,
): Promise<string> {
  const { columns, rows, side } = grid;
  const id = 'unicell-test-slide';
  const data = join(folder, 'mirax');
  await mkdir(data);
  const ini = `[GENERAL]
SLIDE_ID=${id}
SLIDE_VERSION=01.02
IMAGENUMBER_X=${columns}
IMAGENUMBER_Y=${rows}
OBJECTIVE_MAGNIFICATION=20
[HIERARCHICAL]
INDEXFILE=Index.dat
HIER_COUNT=1
NONHIER_COUNT=0
HIER_0_NAME=Slide zoom level
HIER_0_COUNT=1
HIER_0_VAL_0_SECTION=LEVEL_0
[DATAFILE]
FILE_COUNT=1
FILE_0=Data0000.dat
[LEVEL_0]
OVERLAP_X=0
OVERLAP_Y=0
MICROMETER_PER_PIXEL_X=0.25
MICROMETER_PER_PIXEL_Y=0.25
IMAGE_FORMAT=JPEG
IMAGE_FILL_COLOR_BGR=16777215
DIGITIZER_WIDTH=${side}
DIGITIZER_HEIGHT=${side}
IMAGE_CONCAT_FACTOR=0
`;
  await writeFile(join(data, 'Slidedat.ini'), ini);
  const head = `01.02${id}`;
  // Root of the hierarchy, its one level, the level's page, and the entries of that.
  const root = head.length + 8;
  const index = Buffer.alloc(root + 4 + 8 + 8 + tiles.length * 16);
  index.write(head);
  index.writeInt32LE(root, head.length);
  index.writeInt32LE(root + 4, root);
  index.writeInt32LE(root + 12, root + 8);
  index.writeInt32LE(tiles.length, root + 12);
  let offset = 0;
  for (const [i, { column, row, jpeg }] of tiles.entries()) {
    const at = root + 20 + i * 16;
    index.writeInt32LE(row * columns + column, at);
    index.writeInt32LE(offset, at + 4);
    index.writeInt32LE(jpeg.length, at + 8);
    offset += jpeg.length;
  }
  await writeFile(join(data, 'Index.dat'), index);
  await writeFile(join(data, 'Data0000.dat'), Buffer.concat(tiles.map(({ jpeg }) => jpeg)));
  const path = join(folder, 'mirax.mrxs');
  await writeFile(path, thumbnail);
  return path;
}
