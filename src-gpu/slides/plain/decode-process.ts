/**
 * A process that decodes one image after the other: `decode-beside.ts` starts it and ends it. Pixels go to
 * its standard output, everything else over the channel.
 *
 * @module
 */
import { once } from 'node:events';
import { UniCellError } from '../../../shared/errors.ts';
import type { ThreadAnswer } from '../../threads/serve-tasks.ts';
import { decodePicture, type PictureTask } from './decode-picture.ts';
import type { PictureHead } from './picture-head.ts';

process.on('message', async (task: PictureTask) => {
  try {
    const { raster, warnings } = await decodePicture(task);
    const { width, height, data } = raster;
    answer({ result: { width, height, bytes: data.length, warnings } });
    if (!process.stdout.write(data)) await once(process.stdout, 'drain');
  } catch (error) {
    const code = error instanceof UniCellError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    answer({ failure: { code, message } });
  }
});
process.on('disconnect', () => process.exit());

function answer(message: ThreadAnswer<PictureHead>): void {
  process.send!(message);
}
