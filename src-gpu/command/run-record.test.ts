import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FolderPiece } from '../../shared/formats/folder-piece.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import type { FinishedDetection } from './detection-report.ts';
import { RunRecord } from './run-record.ts';
import { writeResults } from './write-together.ts';

const root = tempFolder();
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));
const done = {
  finished: { windows: 1, files: [] } as unknown as FinishedDetection,
  pictures: new Map([['thumb.jpg', bytes('picture')]]),
};
const recordIn = (folder: string, key = 'key', isForced = false) =>
  new RunRecord(folder, 'a', { key, isForced });

async function* pieces(text: string): AsyncIterable<FolderPiece> {
  yield { name: 'zarr.json', bytes: bytes('{}') };
  yield { name: 'points/c/0', bytes: bytes(text) };
  yield { name: 'points/c/0', bytes: bytes(', and more') };
}

/** Writes a file and a store as a call does. */
function write(folder: string, record: RunRecord, text = 'content', isKilled = false) {
  return writeResults(
    {
      folder,
      beforeAppear: async (files) => {
        await record.keep(files, done);
        if (isKilled) throw new Error('killed');
      },
    },
    async (results) => {
      await results.put('a.csv', bytes(text));
      await results.putFolder('a.zarr', pieces(text));
    },
  );
}

const NAMES = ['a.csv', 'a.zarr'];
let count = 0;
async function written(text?: string) {
  const folder = join(root, String(count++));
  const record = recordIn(folder);
  await write(folder, record, text);
  return { folder, record };
}

describe('the record of a run', () => {
  it('knows its results again, also beside what a file manager leaves', async () => {
    const { folder, record } = await written();
    writeFileSync(join(folder, 'a.zarr/points/.DS_Store'), 'x');
    const { finished, pictures } = (await record.done())!;
    expect(finished).toEqual({ windows: 1, files: NAMES.map((name) => join(folder, name)) });
    expect([...pictures].map(([name, picture]) => [name, String(picture)])).toEqual([
      ['thumb.jpg', 'picture'],
    ]);
    await record.requireFree(NAMES);
    expect(await recordIn(folder, 'other').done()).toBeUndefined();
    await expect(recordIn(folder, 'other').requireFree(NAMES)).rejects.toMatchObject({
      code: 'OUTPUT_EXISTS',
    });
  });

  it.each<[what: string, (folder: string) => void]>([
    ['a file is gone', (folder) => rmSync(join(folder, 'a.csv'))],
    ['a file is empty', (folder) => truncateSync(join(folder, 'a.csv'))],
    ['a store is gone', (folder) => rmSync(join(folder, 'a.zarr'), { recursive: true })],
    ['a picture of the report is empty', (at) => truncateSync(join(at, '.unicell/a.thumb.jpg'))],
  ])('has nothing done, and lets all be written again, when %s', async (_what, damage) => {
    const { folder, record } = await written();
    damage(folder);
    expect(await record.done()).toBeUndefined();
    await record.requireFree(NAMES);
    await write(folder, record);
    expect(await record.done()).toBeDefined();
  });

  it.each<[what: string, name: string, (folder: string) => void]>([
    ['cut', 'a.csv', (folder) => truncateSync(join(folder, 'a.csv'), 3)],
    ['edited', 'a.csv', (folder) => writeFileSync(join(folder, 'a.csv'), 'CONTENT')],
    ['cut', 'a.zarr', (folder) => truncateSync(join(folder, 'a.zarr/points/c/0'), 3)],
    ['less', 'a.zarr', (folder) => rmSync(join(folder, 'a.zarr/points/c/0'))],
    ['more', 'a.zarr', (folder) => writeFileSync(join(folder, 'a.zarr/points/c/1'), 'x')],
  ])('leaves what is %s since: %s', async (_what, name, change) => {
    const { folder, record } = await written();
    change(folder);
    expect(await record.done()).toBeUndefined();
    const refusal = { code: 'OUTPUT_EXISTS', message: expect.stringContaining(join(folder, name)) };
    await expect(record.requireFree(NAMES)).rejects.toMatchObject(refusal);
    await expect(write(folder, record)).rejects.toMatchObject(refusal);
    await write(folder, recordIn(folder, 'key', true));
    expect(await record.done()).toBeDefined();
  });

  it('takes its older files for its own after a process was killed before new ones appeared', async () => {
    const { folder, record } = await written('old');
    for (const text of ['new', 'newer']) {
      await expect(write(folder, record, text, true)).rejects.toThrow('killed');
      expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toBe('old');
      expect(await record.done()).toBeUndefined();
    }
    await write(folder, record, 'newest');
    expect(await record.done()).toBeDefined();
  });

  it('takes a note that it does not understand for none', async () => {
    const folder = join(root, 'strange');
    mkdirSync(join(folder, '.unicell'), { recursive: true });
    for (const note of ['', '[]', '{"key":"key","files":["a.csv"]}', 'null']) {
      writeFileSync(join(folder, '.unicell/a.json'), note);
      expect(await recordIn(folder).done()).toBeUndefined();
    }
  });
});
