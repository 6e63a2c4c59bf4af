import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sizeAtMpp } from '../../shared/image/resolution.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { openSlideNamed } from './open-named.ts';

const folder = tempFolder();

describe('openSlideNamed', () => {
  it('says nothing of the place when it cannot open', async () => {
    const path = join(folder, 'text');
    await writeFile(path, 'text');
    const opened = openSlideNamed('The slide', path);
    await expect(opened).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(/^The slide is not a picture(?!.*unicell-test)/),
    });
  });

  it('nor when it cannot read', async () => {
    const { path } = await cellPyramid(folder, 600, 400);
    const slide = await openSlideNamed('The slide', path);
    await truncate(path, 200);
    const read = slide.read({ x: 0, y: 0, width: 600, height: 400 }, sizeAtMpp(slide, 1, 1));
    await expect(read).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      message: expect.stringMatching(/^The slide (?!.*unicell-test)/),
    });
    await slide.close();
  });
});
