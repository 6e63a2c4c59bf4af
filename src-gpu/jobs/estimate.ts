/**
 * What a job would cost, found out by planning it.
 *
 * @module
 */
import { v7 as uuidv7 } from 'uuid';
import type { Estimate, JobRequest } from '../../shared/api/jobs/job-schemas.ts';
import { areaMm2 } from '../../shared/detect/summary.ts';
import { tissueMask } from '../../shared/tissue/tissue-mask.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { planJob } from '../chunks/plan-job.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { eraseBlobs } from './job-blobs.ts';
import type { StoredSource } from './job-store.ts';
import type { JobSources } from './source/job-source.ts';

export interface EstimateParts {
  readonly blobs: BlobStore;
  readonly sources: JobSources;
  readonly host: Pick<EngineHost, 'card' | 'stats'>;
  readonly precision: string;
  readonly chunkPx?: number | undefined;
  /** Credentials that the caller lends for the source. */
  readonly authorization: string | undefined;
}

/** Opens the slide, looks for tissue and lays out the chunks; nothing of it is kept. */
export async function estimateJob(
  request: JobRequest,
  source: StoredSource,
  { blobs, sources, host, precision, chunkPx, authorization }: EstimateParts,
): Promise<Estimate> {
  const id = uuidv7();
  sources.forwarded.lend(id, source, authorization);
  try {
    const slide = await sources.open(id, source, request.series);
    try {
      const plan = await planJob(slide, {
        card: host.card,
        precision,
        options: request,
        tissue: await tissueMask(slide, { mpp: request.mpp }),
        hasGlass: request.tissue === 'none',
        chunkPx,
      });
      const windows = plan.chunks.reduce((sum, chunk) => sum + chunk.windows, 0);
      return {
        image: {
          ...plan.image,
          mpp: plan.mpp.value,
          mppSource: plan.mpp.source,
          reader: plan.reader,
        },
        tissueFraction: plan.tissueFraction ?? 1,
        areaMm2: plan.areaMm2,
        imageAreaMm2: areaMm2(plan.image, plan.mpp.value),
        chunks: plan.chunks.length,
        windows,
        seconds: secondsFor(windows, host),
        warnings: [...plan.warnings],
      };
    } finally {
      await slide.close();
    }
  } finally {
    sources.forwarded.forget(id);
    // A server without ranges has left a copy there.
    await eraseBlobs(blobs, id);
  }
}

/** At the speed of the model on this node since it started. */
function secondsFor(windows: number, host: Pick<EngineHost, 'stats'>): number | null {
  const done = host.stats();
  return done.windows === 0 ? null : (windows * done.busySeconds) / done.windows;
}
