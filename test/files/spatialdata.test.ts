/** Stores of SpatialData in Python's spatialdata and anndata: as a download, and as the command writes them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { consep } from '../../shared/datasets/consep.ts';
import type { ExportInput } from '../../shared/formats/format.ts';
import { write } from '../../shared/formats/spatialdata.ts';
import { UNKNOWN_CLASS } from '../../shared/scoring/labelled-points.ts';
import { cellPixels } from '../api/images.ts';
import { nucleiOf } from '../support/export-input.ts';
import { gpuForTests } from '../support/gpu-service.ts';
import { pythonWith } from '../support/python-files.ts';
import { runUnicell } from '../support/run-unicell.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const python = pythonWith(['anndata', 'spatialdata'], 'no store of SpatialData is read');
const script = fileURLToPath(new URL('read-spatialdata.py', import.meta.url));
const folder = tempFolder();
const read = (store: string) => JSON.parse(python!(script, store));

/** Unpacks a zip file with Python's own module. */
function unpacked(zip: Uint8Array, name: string): string {
  const path = join(folder, `${name}.zip`);
  const store = join(folder, `${name}.zarr`);
  writeFileSync(path, zip);
  mkdirSync(store);
  execFileSync('python3', ['-m', 'zipfile', '-e', path, store]);
  return store;
}

const inputOf = (rows: Parameters<typeof nucleiOf>[0]): ExportInput => ({
  nuclei: nucleiOf(rows),
  dataset: consep,
  image: { id: 'Präparat "7".svs', width: 50_000, height: 40_000, mpp: 0.25 },
  model: { id: 'compact', version: '1.0' },
});

describe.skipIf(!python)('a store of SpatialData', () => {
  it('has shapes, and a table that annotates them', () => {
    const input = inputOf([
      [1.5, 2.25, 0, 0.5],
      [40_000, 7, 2, 0.25],
      [3, 39_999.5, UNKNOWN_CLASS, 0.125],
    ]);
    const seen = read(unpacked(Buffer.concat([...write(input)]), 'three'));
    expect(seen).toMatchObject({
      shapes: 3,
      index: 'cell_id',
      ids: true,
      matched: 3,
      types: ['Point'],
      last: [3, 39_999.5, 16],
      um: 0.25,
      columns: ['cell_id', 'region', 'slide', 'class', 'score'],
      categories: consep.classes.map(({ name }) => name),
      classes: [0, 2, null],
      score: [0.5, 0.25, 0.125],
      slide: ['Präparat "7".svs'],
      spatial: [
        [1.5, 2.25],
        [40_000, 7],
        [3, 39_999.5],
      ],
      colours: consep.classes.map(({ colour }) => colour),
    });
    expect(seen.unicell).toEqual({
      research_use_only: true,
      dataset: 'consep',
      model: 'compact',
      model_version: '1.0',
      image: 'Präparat "7".svs',
      image_width: 50_000,
      image_height: 40_000,
      mpp: 0.25,
    });
  });

  it('may be empty, or of several chunks', () => {
    const none = read(unpacked(Buffer.concat([...write(inputOf([]))]), 'none'));
    expect(none).toEqual({ shapes: 0, rows: 0 });
    const count = 25_010;
    const many = inputOf(Array.from({ length: count }, (_, i) => [i, i / 2, i % 3, 0.5] as const));
    const seen = read(unpacked(Buffer.concat([...write(many)]), 'many'));
    expect(seen).toMatchObject({ shapes: count, ids: true, matched: count });
    expect(seen.spatial.at(-1)).toEqual([count - 1, (count - 1) / 2]);
    expect(seen.classes.at(-1)).toBe((count - 1) % 3);
  });

  it('is a folder from the command, and the same zipped over HTTP', async () => {
    await writeTinyModel(join(folder, 'tiny'));
    const side = 150;
    const cells = cellPixels(side, side, [
      [2, 1],
      [5, 5],
    ]);
    const png = await sharp(cells, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toBuffer();
    writeFileSync(join(folder, 'a.png'), png);
    const args = ['--dataset', 'consep', '--mpp', '0.5', '--model', 'tiny'];
    const detect = (...more: string[]) =>
      runUnicell(['detect', 'a.png', ...args, '--format', 'spatialdata', ...more], { cwd: folder });
    const { code, stderr } = await detect();
    expect(code, stderr).toBe(0);
    const store = join(folder, 'out', 'a.consep.spatialdata.zarr');
    expect(read(store)).toMatchObject({ shapes: 2, slide: ['a.png'], um: 0.5 });
    const { url } = await gpuForTests();
    const answer = await fetch(
      `${url}/v1/detect?mpp=0.5&dataset=consep&format=spatialdata&name=a.png`,
      { method: 'POST', headers: { 'content-type': 'image/png' }, body: new Uint8Array(png) },
    );
    expect(answer.headers.get('content-type')).toBe('application/zip');
    const sent = unpacked(new Uint8Array(await answer.arrayBuffer()), 'sent');
    const filesOf = (root: string) =>
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(root, join(entry.parentPath, entry.name)))
        .sort();
    expect(filesOf(sent)).toEqual(filesOf(store));
    for (const name of filesOf(sent)) {
      expect(readFileSync(join(sent, name)).equals(readFileSync(join(store, name))), name).toBe(
        true,
      );
    }
    // An earlier result is replaced, and one that was changed or a folder of somebody else is not.
    expect((await detect()).code).toBe(0);
    execFileSync('rm', [join(store, 'zarr.json')]);
    const changed = await detect();
    expect([changed.code, changed.stderr]).toEqual([
      2,
      expect.stringMatching(/not as it was written/),
    ]);
    mkdirSync(join(folder, 'theirs', 'a.consep.spatialdata.zarr', 'notes'), { recursive: true });
    const refused = await detect('--out', 'theirs', '--force');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/is a folder that is no earlier result/);
    expect(readdirSync(join(folder, 'out')).filter((name) => !name.startsWith('.'))).toEqual([
      'a.consep.spatialdata.zarr',
    ]);
  });
});
