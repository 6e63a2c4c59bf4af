import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { findAllowedPath } from './allowed-path.ts';

const root = tempFolder();
const [slides, archive] = [join(root, 'slides'), join(root, 'archive')];
mkdirSync(join(slides, 'case-1'), { recursive: true });
mkdirSync(archive);
mkdirSync(join(root, 'slides-private'));
writeFileSync(join(slides, 'case-1', 'a.svs'), 'a');
writeFileSync(join(archive, 'b.svs'), 'b');
writeFileSync(join(root, 'secret.svs'), 's');
writeFileSync(join(root, 'slides-private', 'c.svs'), 'c');
symlinkSync(join(root, 'secret.svs'), join(slides, 'link-out.svs'));
symlinkSync(root, join(slides, 'folder-out'));
symlinkSync(join(slides, 'case-1', 'a.svs'), join(slides, 'link-in.svs'));
const folders = [slides, archive];

describe('the path of a slide', () => {
  it.each([
    [join(slides, 'case-1', 'a.svs'), join(slides, 'case-1', 'a.svs')],
    ['case-1/a.svs', join(slides, 'case-1', 'a.svs')],
    ['case-1/../case-1/a.svs', join(slides, 'case-1', 'a.svs')],
    ['link-in.svs', join(slides, 'case-1', 'a.svs')],
    ['b.svs', join(archive, 'b.svs')],
  ])('%s is found', async (path, real) => {
    expect(await findAllowedPath(path, folders)).toBe(real);
  });

  it('is found below a folder that is reached by a link, and found again by its real path', async () => {
    const linked = join(root, 'linked');
    symlinkSync(slides, linked);
    const real = join(slides, 'case-1', 'a.svs');
    for (const path of ['case-1/a.svs', join(linked, 'case-1', 'a.svs'), real]) {
      expect(await findAllowedPath(path, [linked])).toBe(real);
    }
    const secret = join(root, 'secret.svs');
    for (const path of ['link-out.svs', secret, '../secret.svs']) {
      await expect(findAllowedPath(path, [linked])).rejects.toMatchObject({
        code: 'SOURCE_FORBIDDEN',
      });
    }
  });

  it.each([
    ['/etc/passwd'],
    ['../secret.svs'],
    ['../none.svs'],
    ['case-1/../../secret.svs'],
    [join(slides, '..', 'secret.svs')],
    [join(root, 'slides-private', 'c.svs')],
    ['link-out.svs'],
    ['folder-out/secret.svs'],
    [slides],
    ['.'],
    ['a.svs\0.jpg'],
  ])('%j may not be read', async (path) => {
    await expect(findAllowedPath(path, folders)).rejects.toMatchObject({
      code: 'SOURCE_FORBIDDEN',
    });
  });

  it.each([['none.svs'], ['case-1'], ['folder-in/none.svs']])('%s is not there', async (path) => {
    await expect(findAllowedPath(path, folders)).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
    });
  });

  it('is no source at all where no folder is allowed', async () => {
    await expect(findAllowedPath('b.svs', [])).rejects.toMatchObject({
      code: 'SOURCE_FORBIDDEN',
      message: expect.stringContaining('reads no paths'),
    });
  });
});
