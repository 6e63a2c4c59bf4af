import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { damagedJpegs, paddedJpeg } from '../../../test/support/damaged-jpegs.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { decodeBeside } from './decode-beside.ts';
import { decodePlainImage } from './decode-plain-image.ts';

const folder = tempFolder();
const data = new Uint8Array(900 * 700 * 3).map((_, i) => (i * 7919) % 251);
const picture = sharp(data, { raw: { width: 900, height: 700, channels: 3 } });
const path = join(folder, 'picture.png');
await picture.png().toFile(path);
const task = { label: 'The picture', maxPixels: 1e6, isTiff: false };

describe('a picture decoded in another process', () => {
  it('is what it is in this one, from a path or from bytes', async () => {
    const jpeg = new Uint8Array(await picture.jpeg().toBuffer());
    for (const input of [path, jpeg]) {
      expect(await decodeBeside({ ...task, input })).toEqual(
        await decodePlainImage({ ...task, input }),
      );
    }
  });

  it('is none when parts of a JPEG are missing, and is one when a writer padded it', async () => {
    for (const [name, input] of Object.entries(await damagedJpegs())) {
      const decoding = decodeBeside({ ...task, input });
      await expect(decoding, name).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    }
    expect((await decodeBeside({ ...task, input: await paddedJpeg() })).raster.width).toBe(256);
  });

  it('fails as in this one', async () => {
    await expect(decodeBeside({ ...task, input: path, maxPixels: 1000 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      message: expect.stringMatching(/^The picture is 900 x 700/),
    });
    await expect(decodeBeside({ ...task, input: new Uint8Array(99) })).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
    });
  });

  it('is refused when it ends its process, and the next one is not', async () => {
    let outcome: string | undefined;
    const decoding = decodeBeside({ ...task, input: path }).then(
      () => 'decoded',
      (error) => `${error.code}: ${error.message}`,
    );
    void decoding.then((one) => {
      outcome = one;
    });
    while (outcome === undefined) {
      for (const pid of decoders()) process.kill(pid, 'SIGKILL');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(outcome).toMatch(/^IMAGE_UNREADABLE: The picture has twice ended the process/);
    expect((await decodeBeside({ ...task, input: path })).raster.width).toBe(900);
    // A process that is lost while it has nothing to do costs nobody anything.
    for (const pid of decoders()) process.kill(pid, 'SIGKILL');
    expect((await decodeBeside({ ...task, input: path })).raster.width).toBe(900);
  });
});

/** Children of this process that decode. */
function decoders(): number[] {
  const text = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', `${process.pid}`], {
    encoding: 'utf8',
  });
  return text
    .split('\n')
    .filter((line) => line.includes('decode-process.ts'))
    .map((line) => Number.parseInt(line, 10));
}
