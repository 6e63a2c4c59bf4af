import { join } from 'node:path';
import { edgeForTests } from '../support/edge-worker.ts';
import { gpuForTests } from '../support/gpu-service.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

/** Sends more in a minute than a caller may on a fast machine: 6,000 requests. */
const NO_RATE_LIMIT = '1000000000';

/** Both tiers with the tiny model, by name; their limits are those of small machines. */
export async function tiersForImages(): Promise<Readonly<Record<string, string>>> {
  const models = tempFolder();
  await writeTinyModel(join(models, 'tiny'));
  const gpu = await gpuForTests({
    MAX_PIXELS: '20000000',
    MAX_WINDOWS: '40',
    RATE_LIMIT: NO_RATE_LIMIT,
  });
  const edge = await edgeForTests({
    models,
    variables: { UNICELL_ENV: 'local', MODEL: 'tiny', QUEUE_PLACES: '16' },
  });
  return { 'the GPU service': gpu.url, 'the edge': edge.url };
}
