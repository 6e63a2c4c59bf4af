/**
 * A thread that computes one task after the other.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads';
import type { Raster } from '../../../shared/image/raster.ts';
import { resampleRegion, resampleWeights } from '../../../shared/image/resample.ts';
import { openJpeg } from './open-jpeg.ts';
import type { Answer, Task } from './task.ts';

parentPort?.on('message', async (task: Task) => {
  const answer = await run(task).then(
    (raster): Answer => ({ raster }),
    (error): Answer => ({ failure: error instanceof Error ? error.message : String(error) }),
  );
  const moved = 'raster' in answer ? [answer.raster.data.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(answer, moved);
});

async function run(task: Task): Promise<Raster> {
  if (task.kind === 'jpeg2000') return openJpeg(task.codestream, task.isYcc);
  const { part, origin, image, level, region } = task;
  return resampleRegion(part, resampleWeights(image, level, region), region, origin);
}
