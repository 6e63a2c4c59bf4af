import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { consep } from '../../shared/datasets/consep.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { concatNuclei, sliceNuclei } from '../../shared/nuclei/select.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { openFsBlobStore } from '../blobs/fs-blob-store.ts';
import { writeExports } from './write-exports.ts';

const COUNT = 25;
const x = Float32Array.from({ length: COUNT }, (_, i) => i / 4);
const nuclei: Nuclei = {
  length: COUNT,
  x,
  y: x,
  class: Uint8Array.from(x, (_, i) => i % 3),
  score: x.map((value) => value / 10),
};
const head = {
  count: COUNT,
  dataset: consep,
  image: { id: 'a.svs', width: 90, height: 80, mpp: 0.5 },
  model: { id: 'compact', version: '1.0' },
};

test('a format that limits its files gets several, from one reading', async () => {
  const path = tempFolder();
  let readings = 0;
  async function* blocks() {
    readings++;
    for (let at = 0; at < COUNT; at += 9) {
      yield sliceNuclei(nuclei, at, Math.min(COUNT, at + 9));
    }
  }
  const formats = [{ ...findFormat('qupath'), maxCount: 10 }, findFormat('csv')];
  const request = { head, blocks, formats, folder: 'exports/' };
  const written = await writeExports(await openFsBlobStore(path), request);
  expect(readings).toBe(2);
  expect(written.map(({ name, format }) => [name, format])).toEqual([
    ['a.consep.part-001.geojson', 'qupath'],
    ['a.consep.part-002.geojson', 'qupath'],
    ['a.consep.part-003.geojson', 'qupath'],
    ['a.consep.csv', 'csv'],
  ]);
  const { read } = await findFormat('qupath').loadReader!();
  const parts = written.slice(0, 3).map(({ key, bytes, sha256 }, i) => {
    const file = readFileSync(join(path, key));
    expect(file.length).toBe(bytes);
    expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
    const text = file.toString();
    const { unicell } = JSON.parse(text) as { unicell: object };
    expect(unicell).toMatchObject({ count: i < 2 ? 10 : 5, part: { number: i + 1, of: 3 } });
    return read(text, { dataset: consep, origin: key }).get('a.svs')!;
  });
  const back = concatNuclei(parts);
  expect(back.x).toEqual(nuclei.x);
  expect(back.class).toEqual(nuclei.class);
});
