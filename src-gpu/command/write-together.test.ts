import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTogether } from './write-together.ts';

const folder = tempFolder();
const bytes = (text: string) => new TextEncoder().encode(text);

describe('writeTogether', () => {
  it('writes parts and bytes, and replaces what stood there', async () => {
    const out = join(folder, 'a', 'b');
    const parts = Array.from({ length: 2000 }, (_, i) => `${i},µ\n`);
    const files = [
      { name: 'x.csv', content: parts.map(bytes) },
      { name: 'y.png', content: Uint8Array.of(1, 2, 3) },
    ];
    await writeTogether(out, [{ name: 'x.csv', content: [bytes('old')] }]);
    expect(await writeTogether(out, files)).toEqual([join(out, 'x.csv'), join(out, 'y.png')]);
    expect(readFileSync(join(out, 'x.csv'), 'utf8')).toBe(parts.join(''));
    expect([...readFileSync(join(out, 'y.png'))]).toEqual([1, 2, 3]);
    expect(readdirSync(out).sort()).toEqual(['x.csv', 'y.png']);
  });

  it('leaves nothing when a part fails, and keeps what stood there', async () => {
    const out = join(folder, 'kept');
    mkdirSync(out);
    writeFileSync(join(out, 'a.csv'), 'old');
    const failing = function* () {
      yield bytes('half');
      throw new Error('no more');
    };
    const files = [
      { name: 'a.csv', content: [bytes('new')] },
      { name: 'b.csv', content: failing() },
    ];
    await expect(writeTogether(out, files)).rejects.toThrow('no more');
    expect(readdirSync(out)).toEqual(['a.csv']);
    expect(readFileSync(join(out, 'a.csv'), 'utf8')).toBe('old');
  });

  it('leaves nothing, not even the folder, when it is canceled', async () => {
    const abort = new AbortController();
    const canceling = function* () {
      yield bytes('x'.repeat(100_000));
      abort.abort();
      yield bytes('x'.repeat(100_000));
    };
    const files = [{ name: 'a.csv', content: canceling() }];
    const written = writeTogether(join(folder, 'new', 'deep'), files, abort.signal);
    await expect(written).rejects.toMatchObject({ code: 'CANCELED' });
    expect(readdirSync(folder)).not.toContain('new');
  });

  it('says that the folder cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const written = writeTogether(join(folder, 'file', 'out'), [{ name: 'a', content: [] }]);
    await expect(written).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
      message: expect.stringMatching(/cannot be written to .*file.out: .*Pass --out/),
    });
  });
});
