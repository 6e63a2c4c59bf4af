/** `unicell estimate` and `unicell completion`, run as a user runs them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { writeSquares } from '../../test/support/squares.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { writeTissue } from '../../test/support/tissue-slide.ts';

const folder = tempFolder();
const run = (...args: string[]) => runUnicell(args, { cwd: folder });

beforeAll(async () => {
  await writeTinyModel(join(folder, 'model'), {}, { cells: 32 });
  mkdirSync(join(folder, 'slides'));
  await writeTissue(join(folder, 'slides', 'slide.tif'));
  await writeSquares(join(folder, 'slides', 'tile.png'), [[5, 3, 1]]);
  writeFileSync(join(folder, 'slides', 'broken.svs'), 'no slide');
});

describe('unicell estimate', () => {
  const more = ['--mpp', '0.5', '--model', 'model', '--dataset', 'consep,ocelot', '--json'];

  it('counts the windows that detect runs, writes nothing, and names what it cannot open', async () => {
    const { code, stdout, stderr } = await run('estimate', 'slides', ...more);
    expect(code).toBe(1);
    expect(stderr).toMatch(/broken\.svs/);
    expect(readdirSync(folder).toSorted()).toEqual(['model', 'slides']);
    const { slides, windowsPerSecond } = JSON.parse(stdout);
    expect(windowsPerSecond).toBeGreaterThan(0);
    expect(slides).toHaveLength(2);
    for (const { slide, windows, areaMm2, seconds, datasets } of slides) {
      expect(datasets).toEqual(['consep', 'ocelot']);
      expect(seconds).toBeGreaterThan(0);
      const detected = await run('detect', slide, ...more, '--out', 'out');
      expect(JSON.parse(detected.stdout)).toMatchObject({ windows, areaMm2 });
    }
  });
});

describe('unicell completion', () => {
  const complete = async (...words: string[]) => {
    const { stdout } = await run('complete', '--', ...words);
    return stdout.split('\n').map((line) => line.split('\t')[0]!);
  };

  it('completes commands, options and their values', async () => {
    expect(await complete('det')).toContain('detect');
    expect(await complete('jobs', 'sub')).toContain('submit');
    expect(await complete('detect', '--ov')).toContain('--overlay');
    expect(await complete('detect', '--dataset', '')).toEqual(
      expect.arrayContaining(['auto', 'consep', 'ocelot']),
    );
    expect(await complete('detect', '--format', 'par')).toContain('parquet');
    expect(await complete('detect', '--tissue', '')).toEqual(
      expect.arrayContaining(['auto', 'none']),
    );
  });

  it('gives each shell a script that it can read', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { code, stdout } = await run('completion', shell);
      expect(code).toBe(0);
      expect(stdout).toMatch(/unicell complete --/);
      const program = findShell(shell);
      if (program) execFileSync(program, ['-n'], { input: stdout });
      else console.warn(`SKIPPED the syntax of the completion: there is no ${shell}.`);
    }
    expect((await run('completion', 'tcsh')).stderr).toMatch(/Allowed choices are/);
  });
});

function findShell(name: string): string | undefined {
  try {
    return execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
