import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openLog } from '../../src-gpu/service/log.ts';
import { type Service, startService } from '../../src-gpu/service/service.ts';
import { readServiceSettings } from '../../src-gpu/service/settings.ts';
import { tempFolder } from './temp-folder.ts';
import { writeTinyModel } from './tiny-model.ts';

/** Starts the GPU service with the tiny model on a free port, for the tests of the calling file. */
export async function gpuForTests(
  variables: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const folder = tempFolder();
  const model = join(folder, 'tiny');
  await writeTinyModel(model);
  const settings = readServiceSettings({
    UNICELL_ENV: 'local',
    MODEL: model,
    EXECUTION_PROVIDER: 'cpu',
    THREADS: '1',
    DATA_FOLDER: join(folder, 'data'),
    MIN_FREE_BYTES: '0',
    PORT: '0',
    LOG_LEVEL: 'error',
    DRAIN_TIMEOUT_MS: '5000',
    ...variables,
  });
  const service = await startService(settings, openLog(settings.LOG_LEVEL));
  afterAll(() => service.stop());
  return service;
}
