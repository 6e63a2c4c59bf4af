/**
 * What viewers see of jobs: images of their slides, tiles of their nuclei, counts.
 *
 * @module
 */

import type { Caller } from '../../shared/api/http/caller.ts';
import type { CountsRequest, PointsLayout } from '../../shared/api/viewer/viewer-schemas.ts';
import type { ViewerService } from '../../shared/api/viewer/viewer-service.ts';
import { classFilter } from '../../shared/detect/class-filter.ts';
import { regionMask } from '../../shared/tiling/region-mask.ts';
import { SCORE_STEPS } from '../../shared/viewer/cell-counts.ts';
import { TILE_CELLS } from '../../shared/viewer/point-grid.ts';
import { SAMPLE_LIMIT } from '../../shared/viewer/sample.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { ChunkFolder } from '../chunks/chunk-folder.ts';
import { type Box, datasetPlace, EVERYWHERE, nucleiInBox } from '../chunks/nuclei-in-box.ts';
import { findJob, plannedFolder } from '../jobs/find-job.ts';
import { eraseBlobs } from '../jobs/job-blobs.ts';
import type { JobStore } from '../jobs/job-store.ts';
import type { Repairs } from '../jobs/repairs.ts';
import type { JobRunner } from '../jobs/runner/job-runner.ts';
import { gridOf, PointTiles } from './point-tiles.ts';
import { SlideImages } from './slide-images.ts';

export interface ViewerParts {
  readonly store: JobStore;
  readonly blobs: BlobStore;
  readonly runner: Pick<JobRunner, 'folder' | 'slides'>;
  readonly repairs: Repairs;
}

export function createViewerService({ store, blobs, runner, repairs }: ViewerParts): ViewerService {
  const images = new SlideImages(runner.slides);
  const tiles = new PointTiles(blobs, repairs);
  const find = (id: string, caller: Caller) => findJob(store, id, caller);
  const planned = async (id: string, caller: Caller) => {
    const record = await find(id, caller);
    return { record, folder: await plannedFolder(runner, record, repairs) };
  };
  return {
    size: async (id, caller) => images.size(await find(id, caller)),
    image: async (id, caller, request, signal) =>
      images.image(await find(id, caller), caller, request, signal),
    async layout(id, caller) {
      const { folder } = await planned(id, caller);
      return layoutOf(folder);
    },
    async tile(id, caller, { dataset, kind, place }) {
      const { record, folder } = await planned(id, caller);
      const asked = { dataset: datasetPlace(folder, dataset), kind, place };
      const tile = await tiles.tile(record, folder, asked);
      // Tiles that were built while somebody erased the job.
      if ((await store.get(id)) === undefined) await eraseBlobs(blobs, id);
      return tile;
    },
    async counts(id, caller, request) {
      const { record, folder } = await planned(id, caller);
      const { missing, ...counts } = await countNuclei(folder, request);
      const isDamaged = await repairs.chunks(record, folder, missing);
      return { ...counts, isPartial: counts.isPartial || isDamaged };
    },
  };
}

function layoutOf(folder: ChunkFolder): PointsLayout {
  const { plan } = folder.layout;
  const { cellPx, levels } = gridOf(folder);
  return {
    image: { ...plan.image, mpp: plan.mpp.value },
    grid: {
      ...{ cellPx, levels },
      tileCells: TILE_CELLS,
      sampleLimit: SAMPLE_LIMIT,
      scoreSteps: SCORE_STEPS,
    },
    datasets: plan.routes.map(({ dataset }) => {
      const isAskedFor = classFilter(dataset, plan.options.classes);
      return {
        id: dataset.id,
        name: dataset.name,
        threshold: plan.options.threshold ?? dataset.threshold,
        classes: dataset.classes.map(({ name, label, colour }, i) => ({
          ...{ name, label, colour },
          isAskedFor: isAskedFor(i),
        })),
      };
    }),
  };
}

async function countNuclei(folder: ChunkFolder, request: CountsRequest) {
  const { plan } = folder.layout;
  const place = datasetPlace(folder, request.dataset);
  const { dataset } = plan.routes[place]!;
  const { region, bbox, minScore } = request;
  const mask = region && regionMask([region], plan.image);
  const box = bbox ?? (region ? boxOf(region) : EVERYWHERE);
  const { blocks, isPartial, missing } = await nucleiInBox(
    folder,
    place,
    box,
    ({ x, y, score }, row) => score[row]! >= minScore && (mask?.contains(x[row]!, y[row]!) ?? true),
  );
  const isWanted = classFilter(dataset, plan.options.classes);
  const counts = dataset.classes.map(() => 0);
  for await (const { class: classes } of blocks()) {
    for (const index of classes) counts[index]!++;
  }
  return {
    dataset: dataset.id,
    total: counts.reduce((sum, count) => sum + count, 0),
    hasAllClasses: plan.options.classes === undefined,
    classes: dataset.classes.flatMap(({ name }, i) =>
      isWanted(i) ? [{ name, count: counts[i]! }] : [],
    ),
    isPartial,
    missing,
  };
}

function boxOf(region: NonNullable<CountsRequest['region']>): Box {
  const rings = region.type === 'Polygon' ? region.coordinates : region.coordinates.flat();
  const box: [number, number, number, number] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const [x, y] of rings.flat()) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}
