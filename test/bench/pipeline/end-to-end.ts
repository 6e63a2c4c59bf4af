/**
 * What a user gets: from a file to nuclei in reading order, through the engine host, with nothing prepared but
 * the loaded model. Arguments: the slide, and a model's folder for another than the shipped one.
 *
 * @module
 */
import { detect } from '../../../shared/detect/detect.ts';
import { openEngineHost } from '../../../src-gpu/engine/open-engine-host.ts';
import { openSlide } from '../../../src-gpu/slides/open-slide.ts';
import { PIPELINE, passWhenTold } from './settings.ts';

const { dataset, batch, threads } = PIPELINE;
const [, , path, model = PIPELINE.model] = process.argv;
const host = await openEngineHost({ model, ep: 'cpu', maxBatch: batch, threads });
const engine = host.engine('job');
const { width, height } = host.card.window;
await engine.run(new Float32Array(batch * 3 * width * height), batch, [dataset]);
// Loads the code of the reader, as Python's imports are loaded before its clock starts.
const warm = await openSlide(path!);
await warm.read({ x: 0, y: 0, width: 1, height: 1 }, warm);
await warm.close();

await passWhenTold(async () => {
  const slide = await openSlide(path!);
  const { windows } = await detect(slide, { dataset }, engine);
  await slide.close();
  return windows;
});
await host.close();
