import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makePipe } from '../../../test/support/file-as-pipe.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { findSlides } from './slide-inputs.ts';
import { slideStems } from './slide-stems.ts';

const root = tempFolder();
const put = (path: string, content: string | Uint8Array = '') => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
};
/** What every DICOM file begins with (PS3.10, section 7.1). */
const dicom = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), Buffer.alloc(64)]);
const found = async (...names: string[]) => {
  const { slides, isBatch } = await findSlides(
    names.map((name) => join(root, name)),
    undefined,
  );
  return { isBatch, slides: slides.map(({ location }) => location.slice(root.length + 1)) };
};

put('slides/b.svs');
put('slides/a.ndpi');
put('slides/mirax.mrxs');
put('slides/mirax/Data0001.dat');
put('slides/notes.csv');
put('slides/.hidden.svs');
put('slides/more/c.svs');
put('slides/series/1', dicom);
put('slides/series/2', dicom);
put('slides/image.zarr/zarr.json', '{}');
put('slides/old.zarr/.zattrs', '{}');
put('slides/a.overlay.png');
put('slides/b.consep.overlay.png');
put(
  'slides/.unicell/b.json',
  JSON.stringify({ key: 'k', files: [{ name: 'b.consep.overlay.png' }] }),
);
symlinkSync(join(root, 'slides/more/c.svs'), join(root, 'slides/link.svs'));

it('takes of a folder its slides, and series and Zarr as one each, but no results', async () => {
  expect(await found('slides')).toEqual({
    isBatch: true,
    slides: [
      'a.ndpi',
      'a.overlay.png',
      'b.svs',
      'image.zarr',
      'link.svs',
      'mirax.mrxs',
      'old.zarr',
      'series',
    ].map((name) => join('slides', name)),
  });
});

it.skipIf(process.platform === 'win32')('takes no pipe of a folder', async () => {
  put('piped/a.svs');
  makePipe(join(root, 'piped/b.svs'));
  symlinkSync(join(root, 'piped/b.svs'), join(root, 'piped/c.svs'));
  symlinkSync(join(root, 'piped/none.svs'), join(root, 'piped/d.svs'));
  expect((await found('piped')).slides).toEqual(['piped/a.svs', 'piped/d.svs']);
});

it('takes the folder of a series or a Zarr, and any file that is named, as one slide', async () => {
  for (const name of ['slides/series', 'slides/image.zarr', 'slides/notes.csv', 'none.svs']) {
    expect(await found(name)).toEqual({ isBatch: false, slides: [name] });
  }
  // DICOM files beside other slides do not make the folder theirs.
  put('mixed/1.dcm', dicom);
  put('mixed/a.svs');
  expect((await found('mixed')).slides).toEqual(['mixed/1.dcm', 'mixed/a.svs']);
});

it('takes each once', async () => {
  expect((await found('slides/b.svs', 'slides/../slides/b.svs')).slides).toHaveLength(1);
});

it('names slides behind URLs without what is asked of the server', () => {
  const urls = [
    'https://a.example.org/s/b.svs?sig=1',
    'https://pacs.example.org/studies/1.2/series/3.4',
  ];
  expect(slideStems(urls.map((location) => ({ location })))).toEqual(['b', '3.4']);
});

it('gives different names whatever the order', () => {
  const inputs = ['x/a.svs', 'x/a.tif', 'y/A.svs', 'x/b.svs', 'x/a.svs.tif'].map((location) => ({
    location,
  }));
  const stems = slideStems(inputs);
  expect(new Set(stems.map((stem) => stem.toLowerCase())).size).toBe(inputs.length);
  expect(stems[3]).toBe('b');
  expect(slideStems(inputs.toReversed())).toEqual(stems.toReversed());
});
