/**
 * All tiles of a dataset's nuclei in one blob, with an index beside it. The index is written last: where it
 * is, the tiles are whole.
 *
 * @module
 */
import * as z from 'zod';
import type { TileKind } from '../../shared/api/viewer/viewer-service.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { encodeCountTile } from '../../shared/viewer/count-tile.ts';
import type { PointGrid, TilePlace } from '../../shared/viewer/point-grid.ts';
import { type BuiltTile, PointPyramid } from '../../shared/viewer/point-pyramid.ts';
import { encodePointTile } from '../../shared/viewer/point-tile.ts';
import type { BlobStore } from '../blobs/blob-store.ts';

const indexSchema = z.strictObject({
  /** By `z/x/y`: where the tile begins, bytes of its points, bytes of its counts. Others hold nothing. */
  tiles: z.record(z.string(), z.tuple([z.int(), z.int(), z.int()])),
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
      tiles[keyOf(tile.place)] = [at, points.length, counts.length];
      at += points.length + counts.length;
      yield points;
      yield counts;
    }
  };
  await blobs.put(`${prefix}tiles`, parts());
  await blobs.put(`${prefix}index.json`, new TextEncoder().encode(JSON.stringify({ tiles })));
  return { tiles };
}

/** The index of a pack; `undefined` when there is none. */
export async function readPackIndex(
  blobs: BlobStore,
  prefix: string,
): Promise<PackIndex | undefined> {
  const bytes = await blobs.bytes(`${prefix}index.json`);
  return bytes && indexSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

/**
 * The bytes of a tile; `undefined` for one that holds nothing.
 *
 * @throws {UniCellError} `NOT_FOUND` when the pack has been erased.
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
  const [at, points, counts] = entry;
  const start = kind === 'points' ? at : at + points;
  const end = start + (kind === 'points' ? points : counts);
  const body = await blobs.get(`${prefix}tiles`, { start, end });
  if (body === undefined) throw new UniCellError('NOT_FOUND', 'The job has been erased.');
  return new Uint8Array(await new Response(body).arrayBuffer());
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
