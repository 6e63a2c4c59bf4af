/**
 * What a user can get wrong: each ends with exit code 2, a message that says what was received and what
 * is allowed, and no files.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { pngBomb } from '../../test/support/bomb.ts';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

const folder = tempFolder();
const out = join(folder, 'out');
const model = join(folder, 'model');

/** Runs the command, checks how it failed, and returns its error. */
async function refused(...args: string[]): Promise<{ code: string; message: string }> {
  const json = await runUnicell([...args, '--json'], { cwd: folder });
  expect(json).toMatchObject({ code: 2, stdout: '' });
  expect(existsSync(out)).toBe(false);
  return JSON.parse(json.stderr).error;
}

const detect = (image: string, ...more: string[]) =>
  refused('detect', image, '--dataset', 'consep', '--model', model, '--overlay', ...more);

beforeAll(async () => {
  await writeTinyModel(model);
  const noise = sharp({
    create: {
      width: 200,
      height: 200,
      channels: 3,
      background: '#fff',
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  });
  const jpeg = await noise.jpeg().toBuffer();
  await writeFile(join(folder, 'good.jpg'), jpeg);
  await writeFile(join(folder, 'half.jpg'), jpeg.subarray(0, jpeg.length / 2));
  await writeFile(join(folder, 'zero.png'), '');
  await writeFile(join(folder, 'text.png'), 'This is no picture.\n');
  await writeFile(join(folder, 'bomb.png'), pngBomb(30_000, 30_000));
});

describe('unicell detect refuses', () => {
  it.each([
    [
      'a missing picture',
      'no.png',
      'SOURCE_NOT_FOUND',
      /no\.png cannot be opened \(ENOENT\)\. Pass the path of a picture or slide/,
    ],
    [
      'a truncated picture',
      'half.jpg',
      'IMAGE_UNREADABLE',
      /half\.jpg .*premature end.*fetch or export it again/,
    ],
    [
      'a file that is no picture',
      'text.png',
      'IMAGE_UNSUPPORTED',
      /text\.png is not a picture.*JPEG, PNG, WebP, TIFF/,
    ],
    ['an empty file', 'zero.png', 'IMAGE_UNREADABLE', /zero\.png is empty \(0 bytes\)/],
    [
      'a decompression bomb',
      'bomb.png',
      'IMAGE_TOO_LARGE',
      /30000 x 30000 pixels.*at most 268 megapixels/,
    ],
  ])('%s', async (_what, image, code, message) => {
    expect(await detect(image, '--mpp', '0.5')).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('a picture that does not say its resolution', async () => {
    expect(await detect('good.jpg')).toEqual({
      code: 'MPP_UNKNOWN',
      message: expect.stringMatching(
        /: The picture does not say its resolution.*between 0\.05 and 10.*\(--mpp\)/,
      ),
    });
  });

  it.each(['0', '-1', '1e9'])('a resolution of %s', async (mpp) => {
    expect(await detect('good.jpg', `--mpp=${mpp}`)).toEqual({
      code: 'MPP_INVALID',
      message: expect.stringMatching(/: mpp is (0|-1|1000000000); it must be between 0\.05 and 10/),
    });
  });

  it('an option that is no number', async () => {
    const error = await detect('good.jpg', '--mpp', 'half');
    expect(error).toEqual({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/--mpp.*'half'.*Give a number/),
    });
    expect((await detect('good.jpg', '--threads', '0')).message).toMatch(/at least 1/);
    expect((await detect('good.jpg', '--threads', '1e9')).message).toMatch(/from 1 to 256/);
    expect((await detect('good.jpg', '--threshold', '1')).message).toMatch(/between 0 and 1/);
    expect((await detect('good.jpg', '--radius', '0')).message).toMatch(/0\.5 to 50/);
  });

  it('a dataset that nobody knows, and one that the model has no head for', async () => {
    const ask = (dataset: string) =>
      refused('detect', 'good.jpg', '--dataset', dataset, '--mpp', '0.5', '--model', model);
    expect(await ask('konsep')).toEqual({
      code: 'DATASET_UNKNOWN',
      message: expect.stringMatching(/"konsep".*Did you mean "consep"\?.*ocelot/),
    });
    expect(await ask('lizard')).toEqual({
      code: 'DATASET_NOT_IN_MODEL',
      message: expect.stringMatching(/no head for "lizard"; it has consep, ocelot/),
    });
  });

  it('a model that is not there, and one whose file is not that of its card', async () => {
    expect(await detect('good.jpg', '--mpp', '0.5', '--model', 'none')).toEqual({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringMatching(/no model "none"/),
    });
    const damaged = join(folder, 'damaged');
    await writeTinyModel(damaged);
    await appendFile(join(damaged, 'trunk.onnx'), 'x');
    expect(await detect('good.jpg', '--mpp', '0.5', '--model', damaged)).toEqual({
      code: 'CARD_MISMATCH',
      message: expect.stringMatching(/trunk\.onnx has sha256 \w{64} .* card says \w{64}/),
    });
  });

  it('a format that nobody knows', async () => {
    expect(await detect('good.jpg', '--mpp', '0.5', '--format', 'csv,docx')).toEqual({
      code: 'FORMAT_UNKNOWN',
      message: expect.stringMatching(/"docx".*json, json-columns, csv, qupath/),
    });
  });

  it('a folder for results that cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await detect('good.jpg', '--mpp', '0.5', '--out', 'file')).toEqual({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringMatching(/file.*Pass --out/),
    });
  });
});

describe('unicell score refuses', () => {
  const csv = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return name;
  };
  const score = (truth: string, predictions: string, ...more: string[]) =>
    refused('score', truth, predictions, '--dataset', 'consep', '--mpp', '0.5', ...more);
  const good = () => csv('good.csv', 'image,x,y,class\na.png,1,2,epithelial\n');

  it('truth and predictions of different pictures', async () => {
    const other = await csv('other.csv', 'image,x,y,class\nb.png,1,2,epithelial\n');
    expect(await score(await good(), other)).toEqual({
      code: 'SCORE_MISMATCH',
      message: expect.stringMatching(/different pictures.*"b\.png"/),
    });
    const unnamed = await csv('unnamed.csv', 'x,y,class\n1,2,epithelial\n');
    expect(await score(await good(), unnamed)).toEqual({
      code: 'SCORE_MISMATCH',
      message: expect.stringMatching(/unnamed\.csv does not name its picture.*--image/),
    });
  });

  it.each(['NaN', 'Infinity', '', 'left'])('a coordinate of %j', async (x) => {
    const bad = await csv(
      'bad.csv',
      `image,x,y,class\na.png,1,2,epithelial\na.png,${x},2,epithelial\n`,
    );
    expect(await score(await good(), bad)).toEqual({
      code: 'POINTS_INVALID',
      message: expect.stringContaining(
        `bad.csv, line 3: x is ${JSON.stringify(x)}; it must be a finite number of pixels`,
      ),
    });
  });

  it('a class that the dataset has not', async () => {
    const bad = await csv('bad.csv', 'image,x,y,class\na.png,1,2,neuron\n');
    expect(await score(await good(), bad)).toEqual({
      code: 'POINTS_INVALID',
      message: expect.stringMatching(
        /line 2: consep has no class "neuron"; it has Inflammatory, Epithelial/,
      ),
    });
  });

  it('files that are missing, no CSV, or lack a column', async () => {
    expect((await score(await good(), 'no.csv')).code).toBe('SOURCE_NOT_FOUND');
    expect(await score(await good(), await csv('cut.csv', 'image,x,y\na.png,1,2\n'))).toEqual({
      code: 'POINTS_INVALID',
      message: expect.stringMatching(/the 3 columns image, x, y; class is missing/),
    });
    expect(
      await score(await good(), await csv('ragged.csv', 'image,x,y,class\na.png,1\n')),
    ).toEqual({
      code: 'POINTS_INVALID',
      message: expect.stringMatching(/ragged\.csv, line 2: it has 2 columns, the header has 4/),
    });
  });

  it('coordinates whose resolution nobody says, and a split of a file', async () => {
    const file = await good();
    const without = await refused('score', file, file, '--dataset', 'consep');
    expect(without.code).toBe('MPP_UNKNOWN');
    expect((await score(file, file, '--split', 'test')).message).toMatch(/needs a data folder/);
  });
});

describe('unicell evaluate refuses', () => {
  const evaluate = (data: string, ...more: string[]) =>
    refused('evaluate', '--data', data, '--dataset', 'consep', '--model', model, ...more);

  it('a folder without data, and a split without pictures', async () => {
    expect(await evaluate('nowhere')).toEqual({
      code: 'SOURCE_NOT_FOUND',
      message: expect.stringMatching(/no images\.csv in nowhere or nowhere.consep/),
    });
    mkdirSync(join(folder, 'data/images'), { recursive: true });
    await writeFile(join(folder, 'data/images.csv'), 'image,split,mpp\na.png,train,0.5\n');
    await writeFile(join(folder, 'data/points.csv'), 'image,x,y,class\na.png,1,2,epithelial\n');
    expect(await evaluate('data', '--split', 'test')).toEqual({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/in the split "test"; there are train/),
    });
    expect((await evaluate('data', '--split', 'train')).code).toBe('SOURCE_NOT_FOUND');
  });

  it('several datasets at once', async () => {
    expect((await evaluate('data', '--dataset', 'all')).message).toMatch(/2 datasets; one/);
  });
});

describe('unicell refuses', () => {
  it.each([
    ['view', 'XDG_CACHE_HOME', ['good.jpg', '--dataset', 'consep', '--mpp', '0.5', '--no-open']],
    ['mcp', 'XDG_CACHE_HOME', ['--allow', '.']],
    ['serve', 'DATA_FOLDER', ['--local', '--port', '0']],
  ])('a folder of %s that cannot be made, and names %s', async (command, variable, args) => {
    const file = join(folder, 'good.jpg');
    const { code, stderr } = await runUnicell([command, ...args, '--model', model], {
      cwd: folder,
      env: { [variable]: join(file, 'data'), LOG_LEVEL: 'silent' },
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^unicell: The folder .*good\.jpg.data.* cannot be made \(\w+\)\. Set /m,
    );
    expect(stderr).toContain(`Set ${variable} to a folder`);
  });

  it('commands and options that it has not, and says so in words too', async () => {
    expect((await refused('detct')).message).toMatch(/unknown command 'detct'/);
    expect((await refused('datasets', '--all')).message).toMatch(/unknown option '--all'/);
    const meant = async (...args: string[]) =>
      (await refused('detect', 'good.jpg', ...args)).message;
    expect(await meant('--datset', 'consep')).toMatch(/Did you mean --dataset\?/);
    expect(await meant('--exports', 'csv')).toMatch(/Did you mean --format\?/);
    expect(await meant('--classes', 'x')).toMatch(/Did you mean --class\?/);
    expect(await meant('--format', 'geojsn', '--mpp', '0.5')).toMatch(/Did you mean "geojson"\?/);
    const words = await runUnicell(['score', 'good.jpg', 'x'], { cwd: folder });
    expect(words).toMatchObject({ code: 2, stdout: '' });
    expect(words.stderr).toMatch(/required option '--dataset <id>' not specified/);
    expect((await refused('detect')).message).toMatch(/Nothing says which slides.*--manifest/);
  });
});
