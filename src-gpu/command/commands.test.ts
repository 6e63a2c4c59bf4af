/** What the commands print and write, run as a user runs them. */
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readAsQuPath } from '../../test/support/read-as-qupath.ts';
import { type RunOptions, runUnicell } from '../../test/support/run-unicell.ts';
import { type Square, squaresSize, writeSquares } from '../../test/support/squares.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

const folder = tempFolder();
const model = join(folder, 'model');
const squares: Square[] = [
  [0, 0, 0],
  [5, 3, 1],
  [6, 3, 1],
  [7, 8, 2],
  [19, 13, 1],
];

const run = (args: readonly string[], more: Partial<RunOptions> = {}) =>
  runUnicell(args, { cwd: folder, ...more });

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run([...args, '--model', model]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

beforeAll(async () => {
  await writeTinyModel(model);
  await writeSquares(join(folder, 'tile.png'), squares);
});

describe('unicell detect', () => {
  it('prints counts and densities, and names the files it wrote', async () => {
    const stdout = await succeed(
      'detect',
      'tile.png',
      '--dataset',
      'consep',
      '--mpp',
      '0.5',
      '--overlay',
    );
    // 160 x 112 pixels of 0.25 um2 are 0.00448 mm2; 5 nuclei are 1116 per mm2.
    expect(stdout).toMatch(/tile\.png: 160 x 112 px, 0\.5 um per pixel \(request\), 0\.00448 mm2/);
    expect(stdout).toMatch(/Inflammatory +1 +223\n/);
    expect(stdout).toMatch(/Epithelial +3 +670\n/);
    expect(stdout).toMatch(/Spindle-shaped +1 +223\n/);
    expect(stdout).toMatch(/all +5 +1116\n/);
    expect(readdirSync(join(folder, 'out'))).toEqual([
      '.unicell',
      'tile.consep.json',
      'tile.consep.overlay.png',
    ]);
    const overlay = await sharp(join(folder, 'out/tile.consep.overlay.png')).metadata();
    expect(overlay.height).toBeGreaterThan(squaresSize.height);
  });

  it('answers several datasets as JSON', async () => {
    const args = ['--dataset', 'ocelot,consep', '--mpp', '0.5', '--out', 'several', '--json'];
    const report = JSON.parse(await succeed('detect', 'tile.png', ...args, '--format', 'csv'));
    expect(report).toMatchObject({
      picture: 'tile.png',
      image: squaresSize,
      mpp: { value: 0.5, source: 'request' },
      model: { id: 'tiny', version: '1.0.0', provider: 'cpu' },
      warnings: [],
    });
    expect(report.areaMm2).toBeCloseTo(0.00448, 9);
    expect(report.results.map((one: { dataset: string }) => one.dataset)).toEqual([
      'ocelot',
      'consep',
    ]);
    expect(report.results[1]).toMatchObject({
      threshold: 0.5,
      total: { count: 5 },
      classes: [
        { name: 'Inflammatory', count: 1 },
        { name: 'Epithelial', count: 3 },
        { name: 'Spindle-shaped', count: 1 },
      ],
    });
    expect(report.files).toEqual([
      join('several', 'tile.ocelot.csv'),
      join('several', 'tile.consep.csv'),
    ]);
    expect(readdirSync(join(folder, 'several')).sort()).toEqual([
      '.unicell',
      'tile.consep.csv',
      'tile.ocelot.csv',
    ]);
  });

  it('writes a file that was emptied anew, and leaves one that somebody has changed', async () => {
    const out = ['--dataset', 'consep', '--mpp', '0.5', '--format', 'csv', '--out', 'again'];
    const args = ['detect', 'tile.png', '--model', model, ...out];
    const path = join(folder, 'again/tile.consep.csv');
    expect(await run(args)).toMatchObject({ code: 0, stderr: '' });
    const csv = await readFile(path, 'utf8');
    expect((await run(args)).stderr).toContain('done before');
    await writeFile(path, '');
    expect(await run(args)).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(path, 'utf8')).toBe(csv);
    await writeFile(path, csv.slice(1));
    const { code, stderr } = await run(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/is not as it was written.*--force/)]);
    expect(await readFile(path, 'utf8')).toBe(csv.slice(1));
    expect(await run([...args, '--force'])).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(path, 'utf8')).toBe(csv);
  });

  it('draws circles of the radius asked for, and writes binary formats', async () => {
    const args = ['--dataset', 'consep', '--mpp', '0.5', '--out', 'shapes', '--radius', '6'];
    await succeed('detect', 'tile.png', ...args, '--format', 'qupath-circles,parquet');
    const shapes = join(folder, 'shapes');
    expect(readdirSync(shapes)).toEqual([
      '.unicell',
      'tile.consep.circles.geojson',
      'tile.consep.parquet',
    ]);
    const circles = readAsQuPath(
      await readFile(join(shapes, 'tile.consep.circles.geojson'), 'utf8'),
    );
    expect(circles.map(({ roi }) => roi.type === 'ellipse' && roi.halfAxes[0])).toEqual(
      squares.map(() => 12),
    );
    const parquet = await readFile(join(shapes, 'tile.consep.parquet'));
    expect([
      parquet.toString('latin1', 0, 4),
      parquet.toString('latin1', parquet.length - 4),
    ]).toEqual(['PAR1', 'PAR1']);
  });

  it('keeps the classes and the scores asked for', async () => {
    const count = async (...more: string[]) => {
      const args = ['--dataset', 'consep', '--mpp', '0.5', '--json', '--force', ...more];
      return JSON.parse(await succeed('detect', 'tile.png', ...args)).results[0].total.count;
    };
    expect(await count('--class', 'epithelial')).toBe(3);
    const args = ['--dataset', 'consep', '--mpp', '0.5', '--out', 'some', '--class', 'epithelial'];
    const stdout = await succeed('detect', 'tile.png', ...args);
    expect(stdout).toContain('Only the classes asked for are counted.');
    expect(stdout).toMatch(/^together +3 /m);
    expect(stdout).not.toContain('Inflammatory');
    // The tiny model's score of a coloured square is sigmoid(6) = 0.9975.
    expect(await count('--threshold', '0.9974')).toBe(5);
    expect(await count('--threshold', '0.9976')).toBe(0);
  });

  it('takes the resolution of a TIFF, and says what it knows about a picture', async () => {
    await sharp(join(folder, 'tile.png'))
      .toColourspace('b-w')
      .tiff({ xres: 2000, yres: 2000, resolutionUnit: 'cm' })
      .toFile(join(folder, 'grey.tif'));
    const args = ['detect', 'grey.tif', '--dataset', 'consep', '--model', model, '--json'];
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.mpp).toEqual({ value: 0.5, source: 'header' });
    expect(report.warnings).toMatchObject([{ code: 'NO_COLOUR' }]);
    expect(stderr).toMatch(/^unicell: warning: grey\.tif has no colour/);
  });
});

describe('unicell score and unicell evaluate', () => {
  beforeAll(async () => {
    await mkdir(join(folder, 'data/consep/images'), { recursive: true });
    const home = join(folder, 'data/consep');
    await writeSquares(join(home, 'images/a.png'), squares);
    await writeSquares(join(home, 'images/b.png'), []);
    await writeSquares(join(home, 'images/c.png'), [[3, 3, 0]]);
    await writeFile(
      join(home, 'images.csv'),
      'image,split,width,height,mpp\na.png,test,160,112,0.5\nb.png,test,160,112,0.5\nc.png,train,160,112,0.5\n',
    );
    // Of the five squares: one right, one misnamed, one of unknown class, one 10 px off, one not labelled.
    await writeFile(
      join(home, 'points.csv'),
      'image,x,y,class\na.png,4,4,inflammatory\na.png,44,28,stromal\na.png,52,28,\na.png,70,68,stromal\nc.png,28,28,inflammatory\n',
    );
  });

  const expected = { tp: 3, fp: 2, fn: 1, fd: 6 / 9 };

  it('evaluates the pictures of a split, empty ones too', async () => {
    const args = ['evaluate', '--data', 'data', '--dataset', 'consep', '--json'];
    const report = JSON.parse(await succeed(...args));
    expect(report).toMatchObject({
      dataset: 'consep',
      split: 'test',
      model: 'tiny 1.0.0',
      images: 2,
      threshold: 0.5,
      mode: 'default',
      ...expected,
    });
    expect(report.classes[0]).toMatchObject({ name: 'Inflammatory', fc: 1, tp: 1 });
    expect(report.intervals).toMatchObject({ confidence: 0.95, fd: { low: report.fd } });
    const table = await succeed('evaluate', '--data', 'data/consep', '--dataset', 'consep');
    expect(table).toMatch(/^class +F +95 % +precision +95 % +recall +95 % +true +predicted$/m);
    expect(table).toMatch(
      /detection \(Fd\) +0\.667 +0\.667-0\.667 +0\.600 +0\.600-0\.600 +0\.750 +0\.750-0\.750 +4 +5/,
    );
    const markdown = await succeed(...args.slice(0, -1), '--markdown');
    expect(markdown).toMatch(
      /^\| mean of classes \(Fc\) \| 0\.\d{3} \| 0\.\d{3}-0\.\d{3} \| {2}\|/m,
    );
  });

  it('scores a file of predictions as evaluate scores the same', async () => {
    const rows = squares.map(
      ([i, j, k]) =>
        `a.png,${8 * i + 4},${8 * j + 4},${['inflammatory', 'epithelial', 'stromal'][k]}`,
    );
    await writeFile(join(folder, 'predicted.csv'), `image,x,y,class\n${rows.join('\n')}\n`);
    const args = ['score', 'data', 'predicted.csv', '--dataset', 'consep', '--split', 'test'];
    const scored = JSON.parse(await succeed(...args, '--json'));
    const evaluated = JSON.parse(
      await succeed('evaluate', '--data', 'data', '--dataset', 'consep', '--json'),
    );
    expect(scored).toMatchObject({ dataset: 'consep', ...expected, classes: evaluated.classes });
    expect(scored.images.map((one: { id: string }) => one.id)).toEqual(['a.png', 'b.png']);
    expect(await succeed(...args)).toMatch(
      /CoNSeP: 2 pictures \(1 of them without any prediction\)\nclass +F /,
    );
  });

  it('scores greedily, beside what is published', async () => {
    const greedy = ['evaluate', '--data', 'data', '--dataset', 'consep', '--mode', 'greedy'];
    const report = JSON.parse(await succeed(...greedy, '--json'));
    // The one 10 px off and the unlabelled one are invented, the one it stands for is missed.
    expect(report).toMatchObject({ mode: 'greedy', tp: 3, fp: 2, fn: 1 });
    expect(report.published).toMatchObject([{ fd: 0.795, fc: null }]);
    expect(await succeed(...greedy)).toMatch(/^DeNuC, ten datasets +0\.795 +- +arXiv 2603\.04240/m);
    expect(await succeed(...greedy, '--markdown')).toMatch(
      /^\| DeNuC, ten datasets \| 0\.795 \| - \|/m,
    );
    expect(await succeed(...greedy, '--split', 'train')).not.toMatch(/published/);
    const predictions =
      'image,x,y,class,score\na.png,8,4,inflammatory,0.9\na.png,5,4,stromal,0.5\n';
    await writeFile(join(folder, 'sure.csv'), predictions);
    const score = [
      'score',
      'data',
      'sure.csv',
      '--dataset',
      'consep',
      '--image',
      'a.png',
      '--json',
    ];
    const [usual, sure] = [await succeed(...score), await succeed(...score, '--mode', 'greedy')];
    expect(JSON.parse(usual).classes[0]).toMatchObject({ tp: 0, fn: 1 });
    expect(JSON.parse(sure).classes[0]).toMatchObject({ tp: 1, fc: 1 });
  });

  it('says beside every score that a test split is not the published one', async () => {
    const said = /CoNSeP: the test split scored here \(pictures: 2\) is not the published one/;
    const evaluate = ['evaluate', '--data', 'data', '--dataset', 'consep'];
    expect(await succeed(...evaluate)).toMatch(said);
    expect(await succeed(...evaluate, '--markdown')).toMatch(said);
    expect(JSON.parse(await succeed(...evaluate, '--json')).notes[0]).toMatch(said);
    expect(JSON.parse(await succeed(...evaluate, '--split', 'train', '--json')).notes).toEqual([]);
    const report = ['report', '--data', 'data', '--split', 'test', '--out', 'noted'];
    expect(await succeed(...report)).toMatch(said);
    const markdown = await readFile(join(folder, 'noted/report.md'), 'utf8');
    expect(markdown.match(new RegExp(said, 'g'))).toHaveLength(2);
    const score = ['score', 'data', 'data/consep/points.csv', '--dataset', 'consep'];
    await writeFile(join(folder, 'one.csv'), 'image,x,y,class\na.png,4,4,inflammatory\n');
    const one = [...score.slice(0, 2), 'one.csv', ...score.slice(3), '--split', 'test'];
    expect(await succeed(...one)).toMatch(said);
  });

  it('scores one picture with the CSV that detect wrote', async () => {
    await succeed(
      'detect',
      'data/consep/images/a.png',
      '--dataset',
      'consep',
      '--mpp',
      '0.5',
      '--out',
      'one',
      '--format',
      'csv',
    );
    const args = ['data', join('one', 'a.consep.csv'), '--dataset', 'consep', '--image', 'a.png'];
    expect(JSON.parse(await succeed('score', ...args, '--json'))).toMatchObject(expected);
  });
});

describe('ignore.csv', () => {
  const args = ['--data', 'ignoring', '--dataset', 'consep', '--json'];

  beforeAll(async () => {
    const home = join(folder, 'ignoring/consep');
    await mkdir(join(home, 'images'), { recursive: true });
    await writeSquares(join(home, 'images/a.png'), squares);
    await writeFile(join(home, 'images.csv'), 'image,split,mpp\na.png,test,0.5\n');
    await writeFile(
      join(home, 'points.csv'),
      'image,x,y,class\na.png,4,4,inflammatory\na.png,44,28,epithelial\na.png,70,68,stromal\n',
    );
    // Of five squares three are left, and two of three labels.
    await writeFile(
      join(home, 'ignore.csv'),
      'image,x0,y0,x1,y1\na.png,50,60,80,80\na.png,156,108,160,112\n',
    );
  });

  const expected = { tp: 2, fp: 1, fn: 0, fd: 4 / 5 };

  it('is heeded by evaluate, report and score alike', async () => {
    expect(JSON.parse(await succeed('evaluate', ...args))).toMatchObject(expected);
    const report = ['report', ...args, '--split', 'test', '--out', 'ignored'];
    const [one] = JSON.parse(await succeed(...report)).datasets;
    expect(one.protocols.default.score).toMatchObject(expected);
    expect(one.protocols.official.score).toMatchObject({ tp: 2, fp: 1, fn: 0 });
    expect(one.confusion.missed).toEqual([0, 0, 0]);
    const rows = squares.map(([i, j]) => `a.png,${8 * i + 4},${8 * j + 4},epithelial`);
    await writeFile(join(folder, 'all.csv'), `image,x,y,class\n${rows.join('\n')}\n`);
    const score = ['all.csv', '--dataset', 'consep', '--json'];
    expect(JSON.parse(await succeed('score', 'ignoring', ...score))).toMatchObject(expected);
    const file = ['ignoring/consep/points.csv', ...score, '--mpp', '0.5'];
    const ignore = ['--ignore', 'ignoring/consep/ignore.csv'];
    expect(JSON.parse(await succeed('score', ...file))).toMatchObject({ tp: 2, fp: 3, fn: 1 });
    expect(JSON.parse(await succeed('score', ...file, ...ignore))).toMatchObject(expected);
    const refused = await run(['score', 'ignoring', ...score, ...ignore]);
    expect(JSON.parse(refused.stderr).error.message).toMatch(/has an ignore\.csv of its own/);
  });

  it('goes with its picture into tiles', async () => {
    const cut = ['tile', 'ignoring', '--dataset', 'consep', '--split', 'test', '--out', 'tiles'];
    expect((await run(cut)).code).toBe(0);
    const lines = (await readFile(join(folder, 'tiles/ignore.csv'), 'utf8')).trim().split('\n');
    expect(lines).toEqual([
      'image,x0,y0,x1,y1',
      'a_0_0_160_112.png,50,60,80,80',
      'a_0_0_160_112.png,156,108,160,112',
    ]);
  });
});

describe('unicell demo', () => {
  it('takes the picture it is given and writes overlay, GeoJSON and CSV', async () => {
    const args = ['demo', '--model', model, '--out', 'demo', '--image', 'tile.png', '--mpp', '0.5'];
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(0);
    expect(stderr).toBe('Picture: tile.png\n');
    expect(stdout).toMatch(/all +5 +1116/);
    expect(readdirSync(join(folder, 'demo')).sort()).toEqual([
      '.unicell',
      'tile.consep.csv',
      'tile.consep.geojson',
      'tile.consep.overlay.png',
    ]);
  });
});

describe('unicell datasets and unicell models', () => {
  it('list what there is, as a table and as JSON', async () => {
    const table = await run(['datasets']);
    expect(table.stdout).toMatch(
      /^consep +CoNSeP +colon +0\.5 +Inflammatory, Epithelial, Spindle-shaped$/m,
    );
    const datasets = JSON.parse((await run(['datasets', '--json'])).stdout);
    expect(datasets.map((one: { id: string }) => one.id)).toContain('brca-m2c');
    const models = await run(['models', '--json']);
    expect(models).toMatchObject({ code: 0, stderr: '' });
    expect(Array.isArray(JSON.parse(models.stdout))).toBe(true);
    const described = (await run(['models'])).stdout;
    expect(described).toMatch(/^compact \d+\.\d+\.\d+: UniCell, preset compact/m);
    expect(described).toMatch(/^Not for diagnosis/m);
    // Of every precision, on the split that it was scored on.
    expect(described).toMatch(/^precision +MB +Fd \(test, mean\)/m);
    for (const precision of ['fp32', 'int8']) {
      expect(described).toMatch(new RegExp(`^${precision} +[\\d.]+ +0\\.\\d{3} +0\\.\\d{3}`, 'm'));
    }
    expect(described).toMatch(
      /^OCELOT: the test split scored here \(pictures: 54\) is not the official/m,
    );
  });

  it('do not fail when the reader stops reading', async () => {
    const early = await run(['datasets', '--json'], {
      onStart: (child) => child.stdout?.destroy(),
    });
    expect(early).toMatchObject({ code: 0, stderr: '' });
  });
});
