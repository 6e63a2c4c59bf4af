/** Datasets as published, imported from a folder of their own. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  type ImportOptions,
  importDataset,
} from '../../src-gpu/labelled-data/import/import-dataset.ts';
import { loadImporter } from '../../src-gpu/labelled-data/import/registry.ts';
import { matFile } from './mat-file.ts';
import { writeFiles } from './published.ts';
import { tempFolder } from './temp-folder.ts';

const root = tempFolder();

/** Lays a dataset out, imports it, and returns the lines of both tables without their headers. */
export async function imported(
  id: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<ImportOptions> = {},
) {
  const home = await mkdtemp(join(root, 'import-'));
  const source = join(home, 'source');
  const out = join(home, 'new/out');
  writeFiles(source, files);
  const importer = await loadImporter(id);
  const summary = await importDataset(importer, {
    source,
    out,
    split: 'published',
    seed: 1,
    ...options,
  });
  const lines = (name: string) => readFileSync(join(out, name), 'utf8').trimEnd().split('\n');
  expect((await readdir(home)).sort()).toEqual(['new', 'source']);
  const ignored = existsSync(join(out, 'ignore.csv')) ? lines('ignore.csv') : [];
  const tables = ['images', 'images.csv', 'points.csv'];
  expect((await readdir(out)).sort()).toEqual(
    [...tables, ...(ignored.length > 0 ? ['ignore.csv'] : [])].sort(),
  );
  return {
    out,
    summary,
    importer,
    images: lines('images.csv'),
    points: lines('points.csv'),
    ignored,
  };
}

/** Labels of one picture as CoNSeP has them. */
export const labels = (
  types: number[],
  centroids: number[][],
  size?: [height: number, width: number],
) =>
  matFile(
    {
      ...(size && { inst_map: Array.from({ length: size[0] }, () => Array(size[1]).fill(0)) }),
      inst_type: types.map((type) => [type]),
      inst_centroid: centroids,
    },
    { compress: true },
  );
