/** `unicell report`, run as a user runs it, with a model whose nuclei are known. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { writeSquares } from '../../test/support/squares.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

const folder = tempFolder();
const run = (...args: string[]) =>
  runUnicell([...args, '--model', join(folder, 'model')], { cwd: folder });

beforeAll(async () => {
  await writeTinyModel(join(folder, 'model'));
  const home = join(folder, 'data/consep');
  await mkdir(join(home, 'images'), { recursive: true });
  // Beside the seam between two windows, in the open, and one that nobody labelled.
  for (const name of ['a', 'b', 'c']) {
    await writeSquares(join(home, 'images', `${name}.png`), [
      [6, 0, 0],
      [2, 2, 1],
      [15, 10, 2],
    ]);
  }
  await writeFile(
    join(home, 'images.csv'),
    'image,split,mpp,organ\na.png,test,0.5,colon\nb.png,test,0.5,lung\nc.png,val,0.5,colon\n',
  );
  const points = ['a', 'b', 'c'].flatMap((name) => [
    `${name}.png,52,4,inflammatory`,
    `${name}.png,20,20,inflammatory`,
    `${name}.png,90,90,`,
  ]);
  await writeFile(join(home, 'points.csv'), `image,x,y,class\n${points.join('\n')}\n`);
});

describe('unicell report', () => {
  it('writes scores, errors and figures of the datasets that are there', async () => {
    const args = ['report', '--data', 'data', '--split', 'test', '--out', 'full'];
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^CoNSeP +2 +0\.5 +0\.667 \(0\.667-0\.667\) +/m);
    const report = JSON.parse(readFileSync(join(folder, 'full/report.json'), 'utf8'));
    expect(report).toMatchObject({ schema: 1, split: 'test', model: { precision: 'fp32' } });
    const [one] = report.datasets;
    expect(one).toMatchObject({
      dataset: 'consep',
      pictures: 2,
      confusion: {
        pairs: [
          [2, 2, 0],
          [0, 0, 0],
          [0, 0, 0],
        ],
        missed: [0, 0, 0],
        invented: [0, 0, 2],
        unknown: { pairs: [0, 0, 0], missed: 2 },
      },
    });
    expect(one.protocols.default.score).toMatchObject({ tp: 4, fp: 2, fn: 2 });
    expect(one.greedy.score).toMatchObject({ tp: 4, fp: 2, fn: 2, classes: [{ tp: 2 }, {}, {}] });
    expect(one.curve).toHaveLength(19);
    expect(one.organs.map(({ name }: { name: string }) => name)).toEqual(['colon', 'lung']);
    const ofSeams = one.seams.map(({ score }: { score: { tp: number } }) => score.tp);
    expect(ofSeams.reduce((a: number, b: number) => a + b)).toBe(4);
    const markdown = readFileSync(join(folder, 'full/report.md'), 'utf8');
    expect(markdown).toMatch(/^\| Inflammatory \| 2 \| 2 \| 0 \| 0 \|$/m);
    const figures = readdirSync(join(folder, 'full')).filter((name) => name.endsWith('.svg'));
    expect(figures.length).toBeGreaterThanOrEqual(4);
    for (const name of figures) {
      expect(markdown).toContain(`](${name})`);
      const svg = readFileSync(join(folder, 'full', name), 'utf8');
      // Drawn by a real reader of SVG: text, lines and cells are not all white.
      expect((await sharp(Buffer.from(svg)).stats()).channels[0]!.mean).toBeLessThan(254);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });

  it('looks at pictures in four mirrors when asked to, and so does evaluate', async () => {
    const report = ['report', '--data', 'data', '--out', 'flips', '--tta', 'flips', '--json'];
    const { stdout } = await run(...report);
    expect(JSON.parse(stdout)).toMatchObject({ split: 'val', tta: 'flips' });
    const evaluate = ['evaluate', '--data', 'data', '--dataset', 'consep', '--tta', 'flips'];
    expect((await run(...evaluate)).stdout).toMatch(/default protocol with flips, threshold 0\.5/);
    const refused = await run(...evaluate, '--protocol', 'official', '--json');
    expect(JSON.parse(refused.stderr).error).toMatchObject({ code: 'INVALID_OPTIONS' });
  });

  it('says, as evaluate and robustness do, where the model knows the pictures', async () => {
    const training = { data: ['CoNSeP'], splits: ['train' as const, 'val' as const], command: '' };
    await writeTinyModel(join(folder, 'learned'), { training });
    const about = ['--model', join(folder, 'learned'), '--data', 'data'];
    const said = /has learned from val: a score there does not say/;
    for (const command of ['report', 'robustness']) {
      const out = join(folder, `learned-${command}`);
      const { code } = await runUnicell([command, ...about, '--split', 'val', '--out', out], {
        cwd: folder,
      });
      expect(code).toBe(0);
      expect(readFileSync(join(out, `${command}.md`), 'utf8')).toMatch(said);
    }
    const evaluate = ['evaluate', ...about, '--dataset', 'consep', '--split'];
    expect((await runUnicell([...evaluate, 'val'], { cwd: folder })).stdout).toMatch(said);
    expect((await runUnicell([...evaluate, 'test'], { cwd: folder })).stdout).not.toMatch(said);
  });

  it('writes nothing where there is nothing to measure', async () => {
    const empty = await run('report', '--data', 'model', '--out', 'none', '--json');
    expect(empty.code).toBe(2);
    expect(JSON.parse(empty.stderr).error.code).toBe('SOURCE_NOT_FOUND');
    const precision = ['--precision', 'int4', '--json'];
    const other = await run('report', '--data', 'data', '--out', 'none', ...precision);
    expect(JSON.parse(other.stderr).error.message).toMatch(/int4/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
