/**
 * A thread that computes one task after the other.
 *
 * @module
 */
import type { Raster } from '../../../shared/image/raster.ts';
import { resampleRegion, resampleWeights } from '../../../shared/image/resample.ts';
import { serveTasks } from '../../threads/serve-tasks.ts';
import { openJpeg } from './open-jpeg.ts';
import type { Task, Unpacked } from './task.ts';
import { unpack } from './unpack.ts';

serveTasks(run, ({ data }) => [data.buffer as ArrayBuffer]);

async function run(task: Task): Promise<Raster | Unpacked> {
  if (task.kind === 'unpack') return unpack(task);
  if (task.kind === 'jpeg2000') return openJpeg(task.codestream, task.isYcc);
  const { part, origin, image, level, region } = task;
  return resampleRegion(part, resampleWeights(image, level, region), region, origin);
}
