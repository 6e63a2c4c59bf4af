import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasets } from '../../../shared/datasets/registry.ts';
import { makePipe } from '../../../test/support/file-as-pipe.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { readManifest } from '../../command/batch/read-manifest.ts';
import { readRegions } from '../../command/read-regions.ts';
import { readForeign } from '../../foreign-nuclei/read-foreign.ts';
import { readPacsCredentials } from '../../jobs/source/pacs-credentials.ts';
import { readBmp } from '../../labelled-data/import/bmp.ts';
import { MatLabels } from '../../labelled-data/import/mat-labels.ts';
import { readPoints } from '../../labelled-data/read-points.ts';
import { openImage } from '../open-image.ts';
import { openSlide } from '../open-slide.ts';
import { FolderStore } from '../zarr/folder-store.ts';
import { readRegular } from './regular-file.ts';

const folder = tempFolder();
const consep = datasets.get('consep');

/** Everything that reads a file which a person names. */
const readers: [what: string, name: string, read: (path: string) => Promise<unknown>][] = [
  ['a picture', 'x.png', openImage],
  ['a slide', 'x.svs', openSlide],
  ['a manifest', 'manifest.csv', readManifest],
  ['regions', 'x.geojson', readRegions],
  ['a table of nuclei', 'nuclei.csv', readForeign],
  ['Parquet of nuclei', 'x.parquet', readForeign],
  ['points', 'points.csv', (path) => readPoints(path, consep, () => 0.5)],
  ['a MAT-file', 'x.mat', (path) => MatLabels.read(path)],
  ['a bitmap', 'x.bmp', readBmp],
  ['credentials', 'credentials.json', readPacsCredentials],
];

describe.skipIf(process.platform === 'win32')('a named pipe that nobody writes to', () => {
  it.each(readers)('is refused at once as %s', async (_what, name, read) => {
    const path = join(folder, name);
    makePipe(path);
    await expect(read(path)).rejects.toMatchObject({
      code: expect.stringMatching(/^(SOURCE_NOT_FOUND|CONFIGURATION_INVALID)$/),
      message: expect.stringContaining('(not a file)'),
    });
  });

  it('is no chunk of a Zarr', async () => {
    mkdirSync(join(folder, 'x.zarr'));
    makePipe(join(folder, 'x.zarr/0'));
    const store = new FolderStore(join(folder, 'x.zarr'));
    expect(await store.read('0', 100)).toBeUndefined();
    expect(await store.readPart('0', { offset: 0, length: 1 })).toBeUndefined();
  });
});

describe('readRegular', () => {
  it('reads a file', async () => {
    writeFileSync(join(folder, 'text'), 'abc');
    expect(String(await readRegular(join(folder, 'text')))).toBe('abc');
  });

  it('says why not', async () => {
    const reason = (name: string) =>
      readRegular(join(folder, name)).catch((error: { reason: string }) => error.reason);
    expect(await reason('none')).toBe('ENOENT');
    expect(await reason('')).toBe('not a file');
  });
});

// Other file systems refuse such names.
it.skipIf(process.platform !== 'linux')('says of a name that is not UTF-8 what to do', async () => {
  const name = Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.of(0xff), Buffer.from('.png')]);
  writeFileSync(name, 'x');
  await expect(openImage(name.toString('utf8'))).rejects.toMatchObject({
    code: 'SOURCE_NOT_FOUND',
    message: expect.stringContaining('its name is not UTF-8, rename it'),
  });
});
