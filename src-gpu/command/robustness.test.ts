/** `unicell robustness`, run as a user runs it, with a model whose nuclei are known. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { writeSquares } from '../../test/support/squares.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import type { RobustnessReport } from '../evaluation/report/robustness-report.ts';

const folder = tempFolder();
const run = (...args: string[]) =>
  runUnicell([...args, '--model', join(folder, 'model')], { cwd: folder });

beforeAll(async () => {
  await writeTinyModel(join(folder, 'model'));
  const home = join(folder, 'data/consep');
  await mkdir(join(home, 'images'), { recursive: true });
  // Red, green and blue squares: the three classes.
  await writeSquares(join(home, 'images/a.png'), [
    [0, 0, 0],
    [7, 4, 1],
    [15, 10, 2],
  ]);
  await writeFile(join(home, 'images.csv'), 'image,split,mpp\na.png,test,0.5\n');
  await writeFile(
    join(home, 'points.csv'),
    'image,x,y,class\na.png,4,4,inflammatory\na.png,60,36,epithelial\na.png,124,84,stromal\n',
  );
});

describe('unicell robustness', () => {
  it('scores every perturbation, in pixels of the pictures as they are', async () => {
    const args = ['robustness', '--data', 'data', '--split', 'test', '--out', 'first'];
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const json = readFileSync(join(folder, 'first/robustness.json'), 'utf8');
    const report = JSON.parse(json) as RobustnessReport;
    const [consep] = report.datasets;
    expect(consep).toMatchObject({ dataset: 'consep', pictures: 1, threshold: 0.5, fd: 1, fc: 1 });
    const of = (id: string) => consep!.perturbations.find((one) => one.id === id)!;
    // What the tiny model goes by, which third of the hexagon a colour is of, is not moved by 28 degrees.
    for (const id of ['hue+28', 'hue-28', 'jpeg-50', 'mpp-0.25']) {
      expect(of(id), id).toMatchObject({ fd: 1, fc: 1, fallFd: 0, fallFc: 0 });
    }
    // At 2 um per cell a square is one pixel, enlarged eight times.
    expect(of('mpp-1').fd).toBeGreaterThan(0.5);
    // Blurred by a quarter of their side, they are no longer dark enough, and the score says so.
    expect(of('blur-2')).toMatchObject({ allowedFall: 0.1 });
    expect(of('blur-2').fallFd).toBeCloseTo(1 - of('blur-2').fd!, 12);
    expect(of('mpp-0.25').allowedFall).toBeNull();
    const counts = Object.fromEntries(report.fields.map(({ id, nuclei }) => [id, nuclei.consep]));
    // To this model everything dark is a nucleus: the count is one, and no constant. Black is no tissue, and not shown to it.
    expect(counts).toMatchObject({ blank: 0, black: 0 });
    expect(counts.gradient).toBeGreaterThan(100);
    expect(stdout).toMatch(/^as they are +1\.000 \/ 1\.000$/m);
    expect(stdout).toMatch(/^blank \(white\) +0$/m);
    const markdown = readFileSync(join(folder, 'first/robustness.md'), 'utf8');
    expect(markdown).toMatch(
      /^\| hue \+28 degrees \| 0\.05 \| 1\.000 \/ 1\.000 \(\+0\.000 \/ \+0\.000\) \|$/m,
    );
    expect(markdown).toMatch(/^\| black \| 0 \|$/m);
    expect(markdown).toMatch(/^\| gradient.* \| \d{3,} \|$/m);
    expect(markdown).toMatch(/CoNSeP: the test split scored here/);
  });

  it('gives the same again, as JSON too, and nothing where there is nothing to measure', async () => {
    const args = ['robustness', '--data', 'data/consep', '--dataset', 'consep', '--split', 'test'];
    const { stdout } = await run(...args, '--out', 'again', '--json');
    const again = readFileSync(join(folder, 'again/robustness.json'), 'utf8');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(again));
    expect(again).toBe(readFileSync(join(folder, 'first/robustness.json'), 'utf8'));
    const empty = await run('robustness', '--data', 'model', '--out', 'none', '--json');
    expect(JSON.parse(empty.stderr).error.code).toBe('SOURCE_NOT_FOUND');
    const one = await run('robustness', '--data', 'data/consep', '--out', 'none', '--json');
    expect(JSON.parse(one.stderr).error).toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/is the folder of one dataset.*Pass --dataset/),
    });
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
