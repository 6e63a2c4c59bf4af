/**
 * A process that decodes one image after the other: `decode-beside.ts` starts it and ends it. Pixels go to
 * its standard output, everything else over the channel.
 *
 * @module
 */
import { once } from 'node:events';
import { UniCellError } from '../../../shared/errors.ts';
import type { ThreadAnswer } from '../../threads/serve-tasks.ts';
import { decodePlainImage, type PlainImageTask } from './decode-plain-image.ts';
import type { PlainImageHead } from './plain-image-head.ts';

process.on('message', async (task: PlainImageTask) => {
  try {
    const { raster, warnings } = await decodePlainImage(task);
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

function answer(message: ThreadAnswer<PlainImageHead>): void {
  process.send!(message);
}
