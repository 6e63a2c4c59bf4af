/**
 * Tiles of the nuclei of jobs. Those of a completed job are built when the first is asked for, and kept with
 * the job's other blobs; those of any other job come from the chunks that are done.
 *
 * @module
 */
import type { TileKind } from '../../shared/api/viewer/viewer-service.ts';
import { UniCellError } from '../../shared/errors.ts';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import { encodeCountTile } from '../../shared/viewer/count-tile.ts';
import {
  hasTile,
  type PointGrid,
  pointGrid,
  type TilePlace,
  tileBox,
} from '../../shared/viewer/point-grid.ts';
import { addTiles, type BuiltTile, buildTile } from '../../shared/viewer/point-pyramid.ts';
import { encodePointTile } from '../../shared/viewer/point-tile.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { ChunkFolder } from '../chunks/chunk-folder.ts';
import { EVERYWHERE, nucleiInBox } from '../chunks/nuclei-in-box.ts';
import { hasResult } from '../jobs/job-damage.ts';
import { jobFolder } from '../jobs/job-keys.ts';
import { stateOf } from '../jobs/job-state.ts';
import type { JobRecord } from '../jobs/job-store.ts';
import type { Repairs } from '../jobs/repairs.ts';
import { BlockCache } from '../slides/bytes/block-cache.ts';
import {
  PackDamaged,
  type PackIndex,
  readPackIndex,
  readPackTile,
  writePack,
} from './point-pack.ts';

/** Tiles of jobs that run, while no further chunk is done. */
const TILE_CACHE_BYTES = 32 * 1024 * 1024;
const INDEX_CACHE_BYTES = 16 * 1024 * 1024;
/** Of an entry of an index in memory, about. */
const ENTRY_BYTES = 200;

/** The bytes of a tile. */
export interface TileBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Names the content; undefined while it may change. */
  readonly version: string | undefined;
  readonly isPartial: boolean;
}

interface AskedTile {
  /** Place of the dataset in the plan. */
  readonly dataset: number;
  readonly kind: TileKind;
  readonly place: TilePlace;
}

/** A finished job lacks chunks that it had. */
class ChunksDamaged extends Error {
  override readonly name = 'ChunksDamaged';
}

interface PartialTile {
  readonly tile: BuiltTile;
  readonly isPartial: boolean;
}

export class PointTiles {
  readonly #blobs: BlobStore;
  readonly #repairs: Pick<Repairs, 'chunks'>;
  readonly #indices = new BlockCache<PackIndex>(
    INDEX_CACHE_BYTES,
    ({ tiles }) => Object.keys(tiles).length * ENTRY_BYTES,
  );
  readonly #tiles = new BlockCache<PartialTile>(
    TILE_CACHE_BYTES,
    ({ tile }) => tile.nuclei.length * 13 + tile.counts.keys.length * 8,
  );

  constructor(blobs: BlobStore, repairs: Pick<Repairs, 'chunks'>) {
    this.#blobs = blobs;
    this.#repairs = repairs;
  }

  /**
   * @param folder The chunks of the job.
   * @throws {UniCellError} `NOT_FOUND` for a tile that the slide does not have.
   */
  async tile(record: JobRecord, folder: ChunkFolder, asked: AskedTile): Promise<TileBytes> {
    const grid = gridOf(folder);
    const { z, x, y } = asked.place;
    if (!hasTile(grid, asked.place)) {
      throw new UniCellError(
        'NOT_FOUND',
        `The slide has no tile ${z}/${x}/${y} of nuclei; its levels are 0 to ${grid.levels - 1}.`,
      );
    }
    const whole = hasResult(record) ? await this.#finalTile(record, folder, asked) : undefined;
    return whole ?? this.#tileSoFar(record, folder, asked);
  }

  /** @returns `undefined` while chunks are being repaired: what lacks them is not kept. */
  async #finalTile(
    record: JobRecord,
    folder: ChunkFolder,
    { dataset, kind, place }: AskedTile,
  ): Promise<TileBytes | undefined> {
    const { job } = record;
    const { plan } = folder.layout;
    const prefix = `${jobFolder(job.id)}points/${plan.planHash}.${job.attempt}/${plan.routes[dataset]!.dataset.id}/`;
    const build = () => this.#build(record, folder, dataset, prefix);
    const load = async () => (await readPackIndex(this.#blobs, prefix)) ?? (await build());
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    try {
      const index = await this.#indices.get(prefix, load);
      bytes = await readPackTile(this.#blobs, prefix, index, kind, place).catch(async (error) => {
        if (!(error instanceof PackDamaged)) throw error;
        this.#indices.drop(prefix);
        const again = await this.#indices.get(prefix, build);
        return readPackTile(this.#blobs, prefix, again, kind, place);
      });
    } catch (error) {
      if (error instanceof ChunksDamaged) return undefined;
      throw error;
    }
    const { z, x, y } = place;
    return {
      bytes: bytes ?? encoded(emptyTile(folder, dataset, place), kind, classesOf(folder, dataset)),
      version: `${plan.planHash.slice(0, 16)}.${job.attempt}.${dataset}.${kind}.${z}.${x}.${y}`,
      isPartial: job.status === 'completed_with_errors',
    };
  }

  async #build(
    record: JobRecord,
    folder: ChunkFolder,
    dataset: number,
    prefix: string,
  ): Promise<PackIndex> {
    const { blocks, missing } = await nucleiInBox(folder, dataset, EVERYWHERE);
    if (await this.#repairs.chunks(record, folder, missing)) throw new ChunksDamaged();
    const classes = classesOf(folder, dataset);
    return writePack(this.#blobs, prefix, { grid: gridOf(folder), classes, blocks: blocks() });
  }

  async #tileSoFar(
    record: JobRecord,
    folder: ChunkFolder,
    { dataset, kind, place }: AskedTile,
  ): Promise<TileBytes> {
    const { z, x, y } = place;
    const { id, attempt } = record.job;
    const key = [id, attempt, stateOf(record)?.done, dataset, z, x, y].join('/');
    const load = () => readTile(folder, dataset, place);
    const { tile, isPartial } = await this.#tiles.get(key, load);
    return {
      bytes: encoded(tile, kind, classesOf(folder, dataset)),
      version: undefined,
      isPartial,
    };
  }
}

export function gridOf({ layout }: ChunkFolder): PointGrid {
  return pointGrid(layout.plan.image, layout.plan.mpp.value);
}

/** One row of chunks is in memory at a time. */
async function readTile(
  folder: ChunkFolder,
  dataset: number,
  place: TilePlace,
): Promise<PartialTile> {
  const grid = gridOf(folder);
  const classes = classesOf(folder, dataset);
  const { blocks, isPartial } = await nucleiInBox(folder, dataset, tileBox(grid, place));
  let tile = emptyTile(folder, dataset, place);
  for await (const nuclei of blocks()) {
    tile = addTiles(grid, tile, buildTile(grid, place, nuclei, classes));
  }
  return { tile, isPartial };
}

function emptyTile(folder: ChunkFolder, dataset: number, place: TilePlace): BuiltTile {
  const nothing = new NucleiBuilder(0).build();
  return buildTile(gridOf(folder), place, nothing, classesOf(folder, dataset));
}

function classesOf({ layout }: ChunkFolder, dataset: number): number {
  return layout.plan.routes[dataset]!.dataset.classes.length;
}

function encoded(tile: BuiltTile, kind: TileKind, classes: number): Uint8Array<ArrayBuffer> {
  return kind === 'points' ? encodePointTile(tile) : encodeCountTile({ ...tile.counts, classes });
}
