import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { checkGraphs, findModel, listModels } from './model-store.ts';

const folder = tempFolder();

describe('listModels', () => {
  it('lists every folder that holds a card, by id', async () => {
    const store = join(folder, 'store');
    await writeTinyModel(join(store, 'one'), { id: 'b' });
    await writeTinyModel(join(store, 'two'), { id: 'a' });
    await mkdir(join(store, 'no-model'));
    await writeFile(join(store, 'pyproject.toml'), '');
    expect((await listModels(store)).map(({ card }) => card.id)).toEqual(['a', 'b']);
  });
});

describe('findModel', () => {
  it('finds a model by the path of its folder', async () => {
    const path = join(folder, 'by-path');
    await writeTinyModel(path);
    expect((await findModel(path)).folder).toBe(path);
  });

  it('says which models there are when it finds none', async () => {
    await expect(findModel('no-such-model')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringMatching(
        /no model "no-such-model".*path of a folder that holds a card\.json/,
      ),
    });
  });

  it('refuses a card that is not JSON or not a card', async () => {
    const path = join(folder, 'broken');
    await mkdir(path);
    await writeFile(join(path, 'card.json'), '{"schema": 1,');
    await expect(findModel(path)).rejects.toMatchObject({
      code: 'CARD_INVALID',
      message: expect.stringContaining('card.json is not JSON'),
    });
    await writeFile(join(path, 'card.json'), '{"schema": 1}');
    await expect(findModel(path)).rejects.toMatchObject({ code: 'CARD_INVALID' });
  });
});

describe('checkGraphs', () => {
  it('names the file that the card lists and the folder lacks', async () => {
    const path = join(folder, 'gap');
    await writeTinyModel(path);
    await rm(join(path, 'trunk.onnx'));
    await expect(checkGraphs(await findModel(path), 'fp32')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('lists trunk.onnx, which is not in'),
    });
  });
});
