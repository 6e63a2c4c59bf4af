import { join } from 'node:path';
import { testContract } from '../test/api/contract.ts';
import { wranglerForTests } from '../test/support/edge-worker.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const edge = await wranglerForTests({
  models,
  variables: {
    UNICELL_ENV: 'local',
    MODEL: 'tiny',
    ALLOWED_ORIGINS: 'https://viewer.example, https://other.example',
  },
});

testContract('edge', () => edge.url);
