/** `unicell detect` on a slide, killed again and again. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { writeTissue } from '../../test/support/tissue-slide.ts';

const folder = tempFolder();
const model = join(folder, 'model');
const stepMs = 600;

beforeAll(async () => {
  await writeTinyModel(model);
  await writeTissue(join(folder, 'slide.tif'));
});

/** Runs the command, and kills it after the time where one is given. */
async function run(out: string, afterMs?: number) {
  const args = ['detect', 'slide.tif', '--tissue', 'none', '--dataset', 'consep,ocelot'];
  const formats = ['--format', 'json,json-columns,csv,qupath'];
  let timer: NodeJS.Timeout | undefined;
  const finished = await runUnicell(
    [...args, '--mpp', '0.5', '--model', model, '--out', out, ...formats],
    {
      cwd: folder,
      onStart: (child) => {
        if (afterMs !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
      },
    },
  );
  clearTimeout(timer);
  return finished;
}

function filesOf(out: string): Record<string, string> {
  const names = existsSync(join(folder, out)) ? readdirSync(join(folder, out)).sort() : [];
  const shown = names.filter((name) => !name.startsWith('.'));
  return Object.fromEntries(
    shown.map((name) => [name, readFileSync(join(folder, out, name), 'utf8')]),
  );
}

it('killed at any moment, it goes on where it was, to the same files', async () => {
  expect(await run('calm')).toMatchObject({ code: 0, stderr: '' });
  const calm = filesOf('calm');
  expect(Object.keys(calm)).toHaveLength(8);
  let kills = 0;
  for (let afterMs = stepMs; ; afterMs += stepMs) {
    const { code } = await run('killed', afterMs);
    if (code === 0) break;
    kills += 1;
    // What is visible is whole or not there.
    for (const [name, text] of Object.entries(filesOf('killed'))) expect(text).toBe(calm[name]);
  }
  expect(kills).toBeGreaterThan(1);
  expect(filesOf('killed')).toEqual(calm);
  expect(existsSync(join(folder, 'killed', '.slide.unicell'))).toBe(false);
});
