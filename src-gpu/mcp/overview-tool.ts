/**
 * A tool that shows a slide with where its nuclei lie.
 *
 * @module
 */
import type { McpServer } from '@modelcontextprotocol/server';
import sharp from 'sharp';
import * as z from 'zod';
import type { Job, JobHandle } from '../../shared/client/client.ts';
import { UniCellError } from '../../shared/errors.ts';
import { SCORE_STEPS } from '../../shared/viewer/cell-counts.ts';
import { decodeCountTile } from '../../shared/viewer/count-tile.ts';
import { pointGrid, TILE_CELLS, tileSidePx, tilesOf } from '../../shared/viewer/point-grid.ts';
import type { DensityCells } from '../overlay/density-grid.ts';
import { drawHeatMap } from '../overlay/heat-map.ts';
import { encodePng } from '../overlay/overlay.ts';
import { drawOverview } from '../overlay/overview.ts';
import { densityText } from '../terminal/density-text.ts';
import type { McpContext } from './mcp-context.ts';
import { guarded, picture } from './tool-result.ts';

const LONG_PX = 1024;
/** Levels of tiles of counts: 4 x 4 tiles of 32 x 32 cells are what a heat map shows. */
const DEEPEST = 2;

/** Adds `overview_picture`. */
export function addOverviewTool(server: McpServer, { client }: McpContext): void {
  server.registerTool(
    'overview_picture',
    {
      title: 'A slide at a glance',
      description:
        'A picture of the whole slide of a job, and where its nuclei are dense, in the colours of their classes.',
      inputSchema: z.object({
        id: z.string().min(1).max(256).describe('Of the job.'),
        dataset: z.string().optional().describe('One of the job; the first when left out.'),
      }),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    ({ id, dataset }) =>
      guarded(async () => {
        const handle = client.job(id);
        const [job, { results }] = await Promise.all([handle.get(), handle.summary()]);
        const wanted = results.find((one) => dataset === undefined || one.dataset === dataset);
        if (wanted === undefined || job.image === null) {
          throw new UniCellError(
            'INVALID_OPTIONS',
            `dataset is ${JSON.stringify(dataset)}; the job has ${results.map((one) => one.dataset).join(', ')}.`,
          );
        }
        const { data, info } = await sharp(await bytesOf(handle.thumbnail(LONG_PX)))
          .removeAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true });
        const { width, height } = info;
        const { classes, name, total } = wanted;
        const cells = await cellsOf(
          handle,
          job.image,
          wanted.dataset,
          classes.map(({ index }) => index),
        );
        const colours = classes.map(({ colour }) => colour);
        const heat = await drawHeatMap(cells, colours, { width, height }, job.image);
        const title = `UniCell ${job.model?.id ?? ''} · ${name}`;
        const overview = await drawOverview({ width, height, data: new Uint8Array(data) }, heat, {
          title,
          classes: classes.map(({ label, colour, count }) => ({ name: label, colour, count })),
        });
        const text = `${job.name}, ${name}: ${total.count} nuclei, ${densityText(total.perMm2)} per mm2.`;
        return picture(text, await encodePng(overview), 'image/png');
      }),
  );
}

/** Counts of all nuclei by cell and class, from tiles of the viewer. */
async function cellsOf(
  handle: JobHandle,
  image: NonNullable<Job['image']>,
  dataset: string,
  classes: readonly number[],
): Promise<DensityCells> {
  const grid = pointGrid(image, image.mpp);
  const z = Math.min(DEEPEST, grid.levels - 1);
  const tiles = tilesOf(grid, z);
  const [width, height] = [tiles.width * TILE_CELLS, tiles.height * TILE_CELLS];
  const counts = Array.from({ length: classes.length }, () => new Uint32Array(width * height));
  const placeOf = new Map(classes.map((index, place) => [index, place]));
  for (let y = 0; y < tiles.height; y++) {
    for (let x = 0; x < tiles.width; x++) {
      const tile = decodeCountTile(await bytesOf(handle.countTile(dataset, { z, x, y })));
      for (const [i, key] of tile.keys.entries()) {
        const cell = Math.floor(key / (SCORE_STEPS * tile.classes));
        const kind = Math.floor(key / SCORE_STEPS) % tile.classes;
        const row = y * TILE_CELLS + Math.floor(cell / TILE_CELLS);
        // The others were not asked for, and have none.
        const place = placeOf.get(kind);
        if (place === undefined) continue;
        counts[place]![row * width + x * TILE_CELLS + (cell % TILE_CELLS)]! += tile.counts[i]!;
      }
    }
  }
  const cellPx = tileSidePx(grid, z) / TILE_CELLS;
  return { width, height, counts, cellPx, cellMm2: (cellPx * image.mpp) ** 2 / 1e6 };
}

async function bytesOf(response: Promise<Response>): Promise<Uint8Array> {
  return new Uint8Array(await (await response).arrayBuffer());
}
