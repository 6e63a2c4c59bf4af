import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { hasRedis, RedisServer } from '../../test/support/redis-server.ts';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { cudaProblems } from '../engine/provider/choose-provider.ts';
import { disk } from './disk.ts';
import { type Examined, examine } from './examine.ts';

const folder = tempFolder();

async function finding(id: string, environment: Record<string, string>): Promise<Examined> {
  return (await examine(environment)).find((one) => one.id === id)!;
}

describe('examine', () => {
  it('finds nothing broken where the tests run', async () => {
    const findings = await examine({ DATA_FOLDER: folder });
    expect(findings.filter(({ status }) => status === 'broken')).toEqual([]);
    expect(findings.map(({ id }) => id)).toEqual([
      'node',
      'settings',
      'models',
      'onnx-runtime',
      'cuda',
      'codecs',
      'openslide',
      'disk',
      'redis',
    ]);
  });

  it('finds a model file that is not the one of its card', async () => {
    const model = join(folder, 'damaged');
    await writeTinyModel(model);
    expect(await finding('models', { MODEL: model })).toMatchObject({ status: 'ok' });
    await appendFile(join(model, 'trunk.onnx'), ' ');
    expect(await finding('models', { MODEL: model })).toMatchObject({
      status: 'broken',
      detail: expect.stringContaining('trunk.onnx has sha256'),
      fix: expect.stringContaining('Fetch the model files again'),
    });
  });

  it.skipIf(cudaProblems().length === 0)(
    'calls CUDA broken only where it is asked for',
    async () => {
      expect(await finding('cuda', {})).toMatchObject({ status: 'limited' });
      const [problem] = cudaProblems();
      expect(await finding('cuda', { EXECUTION_PROVIDER: 'cuda' })).toMatchObject({
        status: 'broken',
        fix: expect.stringContaining(problem!),
      });
    },
  );

  it('finds a Redis that does not answer', async () => {
    expect(await finding('redis', { REDIS_URL: 'redis://127.0.0.1:9' })).toMatchObject({
      status: 'broken',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.skipIf(!hasRedis())('finds a Redis that may forget jobs', async () => {
    const server = await RedisServer.start(folder);
    try {
      const environment = { REDIS_URL: server.url };
      expect(await finding('redis', environment)).toMatchObject({ status: 'ok' });
      const client = new Redis(server.url);
      await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
      client.disconnect();
      expect(await finding('redis', environment)).toMatchObject({
        status: 'broken',
        detail: expect.stringContaining('maxmemory-policy is allkeys-lru'),
      });
    } finally {
      await server.stop();
    }
  });

  it('finds a setting that the service would refuse', async () => {
    expect(await finding('settings', { PORT: 'eighty' })).toMatchObject({
      status: 'broken',
      detail: expect.stringContaining('PORT'),
    });
  });

  it('finds a disk without room, and a folder that is not there yet', async () => {
    const later = join(folder, 'not', 'yet');
    expect((await disk(later, 0).run()).status).not.toBe('broken');
    expect(await disk(later, 2 ** 60).run()).toMatchObject({
      status: 'broken',
      fix: expect.stringContaining('DATA_FOLDER'),
    });
  });
});

describe('unicell doctor', () => {
  it('prints what it found and fails when something that is needed is broken', async () => {
    const env = { DATA_FOLDER: folder, REDIS_URL: '' };
    const healthy = await runUnicell(['doctor'], { cwd: folder, env });
    expect(healthy).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok +node +Node/) });
    const ill = await runUnicell(['doctor', '--json'], {
      cwd: folder,
      env: { ...env, MODEL: 'no-such' },
    });
    expect(ill.code).toBe(1);
    const findings = JSON.parse(ill.stdout) as Examined[];
    expect(findings.find(({ id }) => id === 'models')).toMatchObject({
      status: 'broken',
      detail: expect.stringContaining('There is no model "no-such"'),
    });
  });
});
