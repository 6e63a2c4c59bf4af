import { describe, expect, it } from 'vitest';
import { tilesOf } from '../../shared/viewer/point-grid.ts';
import { decodePointTile } from '../../shared/viewer/point-tile.ts';
import { engine, planOf, slide, workFor } from '../../test/support/chunked-slide.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import type { ChunkFolder } from '../chunks/chunk-folder.ts';
import { runChunk } from '../chunks/run-chunk.ts';
import { runChunks } from '../chunks/run-chunks.ts';
import type { JobRecord } from '../jobs/job-store.ts';
import { gridOf, PointTiles } from './point-tiles.ts';

const below = tempFolder();
/** Of jobs that no store knows; nothing here is damaged. */
const repairs = { chunks: async () => false };

/** As if its pixels were far apart, so that the small slide has several levels of tiles. */
async function coarsePlan() {
  const plan = await planOf();
  return { ...plan, mpp: { ...plan.mpp, value: 8 } };
}

function recordOf(status: JobRecord['job']['status'], done: string): JobRecord {
  return { job: { id: 'job', status, attempt: 1 }, plan: { done } } as JobRecord;
}

function* places(folder: ChunkFolder) {
  const grid = gridOf(folder);
  for (let z = 0; z < grid.levels; z++) {
    const { width, height } = tilesOf(grid, z);
    for (let i = 0; i < width * height; i++) yield { z, x: i % width, y: Math.floor(i / width) };
  }
}

describe('tiles of the nuclei of a job', () => {
  it('are the same from all of its chunks as when it is complete, at every level', async () => {
    const { folder } = await workFor(await coarsePlan(), below);
    await runChunks(folder, slide, engine);
    const tiles = new PointTiles(folder.blobs, repairs);
    expect(gridOf(folder).levels).toBe(4);
    let total = 0;
    for (const kind of ['points', 'counts'] as const) {
      for (const place of places(folder)) {
        const asked = { dataset: 0, kind, place };
        const running = await tiles.tile(recordOf('running', 'all'), folder, asked);
        const complete = await tiles.tile(recordOf('completed', 'all'), folder, asked);
        expect(Buffer.from(running.bytes).equals(complete.bytes)).toBe(true);
        expect([running.version, running.isPartial]).toEqual([undefined, false]);
        expect(complete.version).toMatch(/\.1\.0\.(points|counts)\.\d+\.\d+\.\d+$/);
        if (kind === 'points' && place.z === 3) total += decodePointTile(complete.bytes).total;
      }
    }
    expect(total).toBeGreaterThan(100);
  });

  it('show what is there while chunks are missing, and more when there is more', async () => {
    const { folder } = await workFor(await coarsePlan(), below);
    const tiles = new PointTiles(folder.blobs, repairs);
    const asked = { dataset: 1, kind: 'points', place: { z: 0, x: 0, y: 0 } } as const;
    const totals: number[] = [];
    for (const [count, task] of folder.layout.plan.chunks.slice(0, 3).entries()) {
      const { bytes, isPartial } = await tiles.tile(
        recordOf('running', String(count)),
        folder,
        asked,
      );
      expect(isPartial).toBe(true);
      totals.push(decodePointTile(bytes).total);
      await runChunk(folder, task, slide, engine);
    }
    expect(totals[0]).toBe(0);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    expect(totals[2]).toBeGreaterThan(0);
  });

  it('with errors are built, and may still become more', async () => {
    const { folder } = await workFor(await coarsePlan(), below);
    await runChunk(folder, folder.layout.plan.chunks[0]!, slide, engine);
    const tiles = new PointTiles(folder.blobs, repairs);
    const asked = { dataset: 0, kind: 'points', place: { z: 0, x: 0, y: 0 } } as const;
    const record = recordOf('completed_with_errors', '1');
    const { isPartial, version } = await tiles.tile(record, folder, asked);
    expect(isPartial).toBe(true);
    expect(version).toBeDefined();
    const kept: string[] = [];
    for await (const key of folder.blobs.list('jobs/job/points/'))
      kept.push(key.split('/').at(-1)!);
    expect(kept.sort()).toEqual(['index.json', 'tiles']);
  });
});
