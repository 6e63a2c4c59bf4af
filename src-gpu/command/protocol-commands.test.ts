/** The official protocol, the paper's table and its tiles, run as a user runs them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { type Square, writeSquares } from '../../test/support/squares.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

const folder = tempFolder();
const model = join(folder, 'model');
const squares: Square[] = [
  [0, 0, 0],
  [5, 3, 1],
  [19, 13, 1],
];

const run = (...args: string[]) => runUnicell(args, { cwd: folder });

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

async function refused(...args: string[]): Promise<{ code: string; message: string }> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return JSON.parse(stderr).error;
}

beforeAll(async () => {
  await writeTinyModel(model);
  await writeTinyModel(join(folder, 'authors'), { protocol: 'official' });
  const home = join(folder, 'data/consep');
  await mkdir(join(home, 'images'), { recursive: true });
  await writeSquares(join(home, 'images/a.png'), squares);
  await writeSquares(join(home, 'images/b.png'), []);
  await writeFile(
    join(home, 'images.csv'),
    'image,split,mpp\na.png,test,0.5\nb.png,test,0.5\nc.png,train,0.5\n',
  );
  await writeFile(
    join(home, 'points.csv'),
    'image,x,y,class\na.png,4,4,inflammatory\na.png,44,28,stromal\nc.png,249,10,epithelial\nc.png,30,30,\n',
  );
  const white = { width: 500, height: 250, channels: 3, background: '#fff' } as const;
  await sharp({ create: white }).png().toFile(join(home, 'images/c.png'));
});

describe('--protocol official', () => {
  it('detects in tiles, with the threshold of the authors', async () => {
    const args = ['detect', 'data/consep/images/a.png', '--dataset', 'consep', '--mpp', '0.5'];
    const more = ['--model', model, '--protocol', 'official', '--force'];
    const report = JSON.parse(await succeed(...args, ...more, '--json'));
    expect(report).toMatchObject({
      protocol: 'official',
      results: [{ threshold: 0.5, total: { count: 3 } }],
    });
    expect(await succeed(...args, ...more)).toMatch(/tiny 1\.0\.0 on cpu, official protocol\./);
  });

  it('evaluates by the rules of the authors unless other rules are asked for', async () => {
    const args = ['evaluate', '--data', 'data', '--dataset', 'consep', '--model', model, '--json'];
    const official = JSON.parse(await succeed(...args, '--protocol', 'official'));
    // The picture without nuclei and predictions is a pair to them.
    expect(official).toMatchObject({ protocol: 'official', mode: 'official', tp: 3, fp: 1, fn: 0 });
    const mixed = JSON.parse(await succeed(...args, '--protocol', 'official', '--mode', 'paper'));
    expect(mixed).toMatchObject({ mode: 'paper', tp: 2, fp: 1, fn: 0, warnings: [] });
    const own = JSON.parse(await succeed(...args));
    expect(own).toMatchObject({ protocol: 'default', mode: 'default', tp: 2, fp: 1, fn: 0 });
  });

  it('says in how many pictures something was to be said', async () => {
    const home = join(folder, 'fine/consep');
    await mkdir(join(home, 'images'), { recursive: true });
    await writeSquares(join(home, 'images/a.png'), squares);
    await writeFile(join(home, 'images.csv'), 'image,split,mpp\na.png,test,0.25\n');
    await writeFile(join(home, 'points.csv'), 'image,x,y,class\n');
    const args = ['evaluate', '--data', 'fine', '--dataset', 'consep', '--model', model];
    const { code, stderr } = await run(...args, '--protocol', 'official');
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^unicell: warning: 1 of 1 pictures; the first of them: The official protocol takes pixels as/,
    );
  });

  it('refuses a tile that the graph of the authors’ model cannot take', async () => {
    const args = ['detect', 'data/consep/images/c.png', '--dataset', 'consep', '--mpp', '0.5'];
    const more = ['--model', 'authors', '--protocol', 'official', '--out', 'refused'];
    expect(await refused(...args, ...more)).toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(
        /tile of 250 x 250 .* as 800 x 800; .* tiny take 64 x 64 only/,
      ),
    });
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });
});

describe('unicell evaluate --table1', () => {
  const args = ['evaluate', '--data', 'data', '--table1', '--model', model];

  it('prints the published rows and those of the model under both protocols', async () => {
    const { rows, notes, datasets } = JSON.parse(await succeed(...args, '--json'));
    expect(datasets).toEqual(['consep', 'monusac', 'lizard', 'ocelot']);
    expect(rows).toHaveLength(11);
    const ofBaselines = rows.slice(0, 8).map((one: { training: string }) => one.training);
    expect(ofBaselines).toEqual(Array(4).fill(['separate', 'joint']).flat());
    // Every published cell is there, and the one mean that the paper prints in its Table 2 is that of its cells.
    expect(
      rows.slice(0, 9).every(({ cells }: { cells: object }) => Object.keys(cells).length === 4),
    ).toBe(true);
    expect(rows[8].mean.fd).toBeCloseTo(0.793, 3);
    expect(rows[8].mean.fc).toBeCloseTo(0.656, 3);
    expect(rows.slice(-3)).toMatchObject([
      { method: 'UniCell', training: 'joint', cells: { lizard: { fd: 0.813, fc: 0.596 } } },
      { method: 'tiny 1.0.0', source: 'measured, test split, default protocol' },
      { method: 'tiny 1.0.0', source: 'measured, test split, official protocol' },
    ]);
    expect(rows.at(-2).cells.consep).toMatchObject({ fd: 4 / 5, fc: 1 / 3 });
    expect(rows.at(-2).cells.consep.intervals.fd).toMatchObject({ low: 0.8, high: 0.8 });
    expect(rows.at(-1).cells.consep.fd).toBe(6 / 7);
    expect(rows.every(({ source }: { source: string }) => source.length > 10)).toBe(true);
    expect(notes).toContain('Not in the data folder: MoNuSAC, Lizard, OCELOT.');
    expect(notes.filter((note: string) => note.startsWith('CoNSeP: the test split'))).toHaveLength(
      1,
    );
  });

  it('prints text and Markdown, under one protocol when one is asked for', async () => {
    const text = await succeed(...args, '--protocol', 'default');
    expect(text).toMatch(/UniCell +joint +0\.762 \/ 0\.679 +0\.847 \/ 0\.752/);
    expect(text).toMatch(/HoVer-Net +joint +0\.640 \/ 0\.417 +0\.802 \/ 0\.341/);
    expect(text).not.toMatch(/not known/);
    expect(text).toMatch(/tiny 1\.0\.0 +joint +0\.800 \/ 0\.333 +- +- +- +- +measured, test/);
    expect(text).not.toMatch(/official protocol$/m);
    const markdown = await succeed(...args, '--protocol', 'default', '--markdown');
    const table = markdown.split('\n').filter((line) => line.startsWith('|'));
    expect(table).toHaveLength(2 + 9 + 1);
    expect(new Set(table.map((line) => line.split('|').length)).size).toBe(1);
    expect(markdown).toMatch(
      /\| joint \| 0\.800 \(0\.800-0\.800\) \/ 0\.333 \(0\.333-0\.333\) \| - \|/,
    );
  });

  it('refuses what it cannot make a table of', async () => {
    expect(await refused('evaluate', '--data', 'data', '--model', model)).toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/pass --dataset .*, or --table1/),
    });
    expect((await refused(...args, '--dataset', 'consep')).message).toMatch(/cannot be used with/);
    expect(await refused('evaluate', '--data', '.', '--table1', '--model', model)).toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: expect.stringMatching(/none of the paper's datasets \(consep, monusac, lizard, oce/),
    });
  });
});

describe('unicell tile', () => {
  it('cuts training pictures with overlap, and test pictures without', async () => {
    const args = ['tile', 'data', '--dataset', 'consep'];
    expect(await succeed(...args, '--out', 'train')).toBe(
      'CoNSeP, train: 1 pictures cut into 6 tiles with 7 labels, in train.\n',
    );
    expect(readdirSync(join(folder, 'train/images')).sort()).toEqual([
      'c_0_0_0_250_250.png',
      'c_0_100_0_350_250.png',
      'c_0_150_0_400_250.png',
      'c_0_200_0_450_250.png',
      'c_0_250_0_500_250.png',
      'c_0_50_0_300_250.png',
    ]);
    const points = readFileSync(join(folder, 'train/points.csv'), 'utf8').split('\n');
    // The box of 4 pixels around x = 249 ends with the tile, and its centre moves inwards.
    expect(points.slice(0, 4)).toEqual([
      'image,x,y,class',
      'c_0_0_0_250_250.png,248.5,10,Epithelial',
      'c_0_0_0_250_250.png,30,30,',
      'c_0_50_0_300_250.png,199,10,Epithelial',
    ]);
    await succeed(...args, '--out', 'test', '--split', 'test');
    expect(readdirSync(join(folder, 'test/images'))).toEqual([
      'a_0_0_160_112.png',
      'b_0_0_160_112.png',
    ]);
  });

  it('writes small MoNuSAC pictures four times, with where they lie', async () => {
    const home = join(folder, 'small/monusac');
    await mkdir(join(home, 'images'), { recursive: true });
    await writeSquares(join(home, 'images/a.png'), squares);
    await writeFile(join(home, 'images.csv'), 'image,split,mpp\na.png,train,0.25\n');
    await writeFile(join(home, 'points.csv'), 'image,x,y,class\na.png,4,4,Lymphocyte\n');
    const args = ['tile', 'small', '--dataset', 'monusac', '--out', 'four/consep', '--json'];
    expect(JSON.parse(await succeed(...args))).toMatchObject({ pictures: 1, tiles: 4, labels: 4 });
    const csv = readFileSync(join(folder, 'four/consep/images.csv'), 'utf8');
    expect(csv).toMatch(
      /^image,split,width,height,mpp,x,y\na_0_0_0_160_112\.png,train,160,112,0\.25,0,0\n/,
    );
  });

  it('refuses pictures whose tiles would have the same names', async () => {
    const home = join(folder, 'twins');
    await mkdir(join(home, 'images'), { recursive: true });
    await writeFile(
      join(home, 'images.csv'),
      'image,split,mpp\na.png,train,0.5\na.jpg,train,0.5\n',
    );
    await writeFile(join(home, 'points.csv'), 'image,x,y,class\n');
    const args = ['tile', 'twins', '--dataset', 'consep', '--out', 'none'];
    expect((await refused(...args)).message).toMatch(/tiles of a\.png and a\.jpg .* same names/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
