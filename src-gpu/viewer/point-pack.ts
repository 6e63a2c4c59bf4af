/**
 * All tiles of a dataset's nuclei in one blob, with an index beside it. The index is written last: where it
 * is, the tiles are whole.
 *
 * @module
 */
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import type { TileKind } from '../../shared/api/viewer/viewer-service.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { encodeCountTile } from '../../shared/viewer/count-tile.ts';
import type { PointGrid, TilePlace } from '../../shared/viewer/point-grid.ts';
import { type BuiltTile, PointPyramid } from '../../shared/viewer/point-pyramid.ts';
import { encodePointTile } from '../../shared/viewer/point-tile.ts';
import type { BlobStore } from '../blobs/blob-store.ts';

const indexSchema = z.strictObject({
  /**
   * By `z/x/y`: where the tile begins, bytes of its points and of its counts, CRC-32 of each. Others hold
   * nothing.
   */
  tiles: z.record(z.string(), z.tuple([z.int(), z.int(), z.int(), z.int(), z.int()])),
});
export type PackIndex = z.infer<typeof indexSchema>;

export interface PackRequest {
  readonly grid: PointGrid;
  /** Classes of the dataset. */
  readonly classes: number;
  /** From top to bottom. */
  readonly blocks: AsyncIterable<Nuclei>;
}

/**
 * Writes a pack.
 *
 * @param prefix Of its keys, ended by `/`.
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`, and what reading the nuclei throws.
 */
export async function writePack(
  blobs: BlobStore,
  prefix: string,
  request: PackRequest,
): Promise<PackIndex> {
  const tiles: PackIndex['tiles'] = {};
  let at = 0;
  const parts = async function* () {
    for await (const tile of builtTiles(request)) {
      const points = encodePointTile(tile);
      const counts = encodeCountTile({ ...tile.counts, classes: request.classes });
      const sums = [crc32(points), crc32(counts)] as const;
      tiles[keyOf(tile.place)] = [at, points.length, counts.length, ...sums];
      at += points.length + counts.length;
      yield points;
      yield counts;
    }
  };
  await blobs.put(`${prefix}tiles`, parts());
  await blobs.put(`${prefix}index.json`, new TextEncoder().encode(JSON.stringify({ tiles })));
  return { tiles };
}

/** A pack that is to be built anew. */
export class PackDamaged extends Error {
  override readonly name = 'PackDamaged';
}

/** The index of a pack; `undefined` when there is none that can be read. */
export async function readPackIndex(
  blobs: BlobStore,
  prefix: string,
): Promise<PackIndex | undefined> {
  const bytes = await blobs.bytes(`${prefix}index.json`);
  if (bytes === undefined) return undefined;
  try {
    return indexSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

/**
 * The bytes of a tile; `undefined` for one that holds nothing.
 *
 * @throws {PackDamaged} When the pack is damaged or gone.
 */
export async function readPackTile(
  blobs: BlobStore,
  prefix: string,
  index: PackIndex,
  kind: TileKind,
  place: TilePlace,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const entry = index.tiles[keyOf(place)];
  if (entry === undefined) return undefined;
  const [at, points, counts, pointsSum, countsSum] = entry;
  const start = kind === 'points' ? at : at + points;
  const end = start + (kind === 'points' ? points : counts);
  const body = await blobs.get(`${prefix}tiles`, { start, end });
  if (body === undefined) throw new PackDamaged('The tiles are gone.');
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  if (crc32(bytes) !== (kind === 'points' ? pointsSum : countsSum)) {
    throw new PackDamaged(`The tile ${keyOf(place)} is damaged.`);
  }
  return bytes;
}

async function* builtTiles({ grid, classes, blocks }: PackRequest): AsyncGenerator<BuiltTile> {
  const pyramid = new PointPyramid(grid, classes);
  for await (const nuclei of blocks) {
    if (nuclei.length === 0) continue;
    yield* pyramid.settle(nuclei.y[0]!);
    pyramid.add(nuclei);
  }
  yield* pyramid.end();
}

function keyOf({ z, x, y }: TilePlace): string {
  return `${z}/${x}/${y}`;
}
