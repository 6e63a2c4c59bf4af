import { existsSync, mkdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { openRequestFolder } from './request-folder.ts';

const DAY_S = 86_400;

it('removes what killed processes left, and nothing that is in use or not its own', async () => {
  const parent = tempFolder();
  const make = (name: string, ageS: number) => {
    const path = join(parent, name);
    mkdirSync(path);
    writeFileSync(join(path, 'picture'), 'pixels');
    const at = Date.now() / 1000 - ageS;
    utimesSync(path, at, at);
    return path;
  };
  const abandoned = make('unicell-requests-aaaaaa', 2 * DAY_S);
  const used = make('unicell-requests-bbbbbb', DAY_S / 2);
  const foreign = make('somebody-else', 9 * DAY_S);
  symlinkSync(foreign, join(parent, 'unicell-requests-cccccc'));

  const folder = await openRequestFolder(parent);

  expect(existsSync(abandoned)).toBe(false);
  expect(existsSync(join(used, 'picture'))).toBe(true);
  expect(existsSync(join(foreign, 'picture'))).toBe(true);
  await folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});

it('is for its own user alone', async () => {
  const folder = await openRequestFolder(tempFolder());
  expect(statSync(folder.path).mode & 0o777).toBe(0o700);
  await folder.remove();
});
