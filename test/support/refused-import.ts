import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ErrorCode } from '../../shared/errors.ts';
import {
  type ImportOptions,
  importDataset,
} from '../../src-gpu/labelled-data/import/import-dataset.ts';
import { loadImporter } from '../../src-gpu/labelled-data/import/registry.ts';
import { writeFiles } from './published.ts';
import { tempFolder } from './temp-folder.ts';

/** Content by path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

const root = tempFolder();

/** Imports files that are wrong: it must say so, and write nothing. */
export async function refusedImport(
  id: string,
  files: Files,
  code: ErrorCode,
  message: RegExp,
  options: Partial<ImportOptions> = {},
) {
  const home = await mkdtemp(join(root, 'bad-'));
  const source = join(home, 'source');
  writeFiles(source, files);
  const importer = await loadImporter(id);
  const work = importDataset(importer, {
    source,
    out: join(home, 'new/out'),
    split: 'published',
    seed: 1,
    ...options,
  });
  await expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(await readdir(home)).toEqual(['source']);
}
