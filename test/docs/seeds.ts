/**
 * What the documents' commands read: pictures, slides and labels of tissue that the project draws itself, under the names
 * that the documents use.
 *
 * @module
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { type SyntheticField, syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { runUnicell } from '../support/run-unicell.ts';

/** Of every drawn picture, um per pixel. */
const mpp = 0.5;
const SPLITS = ['train', 'train', 'val', 'test'];

type Write = (path: string) => Promise<void>;

/** By a pattern in a page's commands: what then lies in its folder, and how it is made. */
const SEEDS: readonly (readonly [RegExp, string, Write])[] = [
  [/\btile\.png\b/, 'tile.png', drawn],
  [/\bfield\.png\b/, 'field.png', drawn],
  [/\bbiopsy\.svs\b/, 'biopsy.svs', slide],
  [/\bslide\.svs\b/, 'slide.svs', slide],
  [/\ba\.svs\b/, 'a.svs', slide],
  [/\bb\.svs\b/, 'b.svs', slide],
  [/\bhe\.ome\.tif\b/, 'he.ome.tif', slide],
  [/\bslides\b/, 'slides/one.svs', slide],
  [/\bslides\.csv\b/, 'slides.csv', manifest],
  [/\bdicom-folder\b/, 'dicom-folder/image.tif', slide],
  [/\bstardist\.geojson\b/, 'stardist.geojson', outlines],
  [/\bcells\.parquet\b/, 'cells.parquet', foundInMicrometres],
  [/\bpoints\.csv\b/, 'points.csv', truth],
  [/\bmy-pictures\b/, 'my-pictures', annotated],
  [/\bPICTURES\b/, 'PICTURES', annotated],
  [/--data data\b|score data\//, 'data', datasets],
  [/\bscore points\.csv predictions\.csv\b/, 'predictions.csv', truth],
  [/\bscore data\/\w+ predictions\.csv\b/, 'predictions.csv', labelsOfData],
  [/\bDATA\b/, 'DATA', datasets],
  [/\.\.\/shared\/data\b/, '../shared/data', datasets],
];

/** Writes what the commands name into the folder in which they are run. */
export async function seed(folder: string, commands: string): Promise<void> {
  for (const [pattern, name, write] of SEEDS) {
    if (!pattern.test(commands)) continue;
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    await write(path);
  }
}

function field(side: number, seedNumber: number): SyntheticField {
  return syntheticField({ width: side, height: side, mpp, seed: seedNumber });
}

function image({ raster: { data, width, height } }: SyntheticField): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function drawn(path: string): Promise<void> {
  await image(field(384, 1)).png().toFile(path);
}

/** A pyramid that says its resolution. */
async function slide(path: string): Promise<void> {
  const pixelsPerMm = 1000 / mpp;
  const tiff = { tile: true, tileWidth: 256, tileHeight: 256, pyramid: true } as const;
  const resolution = { xres: pixelsPerMm, yres: pixelsPerMm, resolutionUnit: 'cm' } as const;
  const pixels = await image(field(768, 2))
    .tiff({ ...tiff, ...resolution })
    .toBuffer();
  writeFileSync(path, pixels);
}

async function manifest(path: string): Promise<void> {
  await slide(join(dirname(path), 'of-the-manifest.svs'));
  writeFileSync(path, `path,mpp,dataset\nof-the-manifest.svs,${mpp},consep\n`);
}

function nuclei() {
  return field(768, 2).nuclei;
}

async function truth(path: string): Promise<void> {
  const rows = nuclei().map(({ x, y, kind }) => `${x},${y},${consepClass(kind)}`);
  writeFileSync(path, `x,y,class\n${rows.join('\n')}\n`);
}

/** As if a program had found every labelled nucleus. */
async function labelsOfData(path: string): Promise<void> {
  cpSync(join(dirname(path), 'data/monuseg/points.csv'), path);
}

async function outlines(path: string): Promise<void> {
  const features = nuclei().map(({ x, y }) => {
    const ring = [-4, 4].flatMap((dy) => [-4, 4].map((dx) => [x + dx * Math.sign(dy), y + dy]));
    const geometry = { type: 'Polygon', coordinates: [[...ring, ring[0]]] };
    return { type: 'Feature', geometry, properties: { objectType: 'detection' } };
  });
  writeFileSync(path, JSON.stringify({ type: 'FeatureCollection', features }));
}

/** As GeoParquet of another program: centres in micrometres. */
async function foundInMicrometres(path: string): Promise<void> {
  const { parquetWriteFile } = await import('hyparquet-writer');
  const column = (name: 'x' | 'y') => ({
    name,
    data: nuclei().map((nucleus) => nucleus[name] * mpp),
    type: 'DOUBLE' as const,
  });
  parquetWriteFile({ filename: path, columnData: [column('x'), column('y')] });
}

/** Pictures with what QuPath exports beside them, enough to be dealt; classes `Tumour` and `Stroma`. */
async function annotated(folder: string): Promise<void> {
  mkdirSync(folder);
  for (let i = 0; i < 10; i++) {
    const one = field(128, 20 + i);
    const stem = join(folder, `field-${i}`);
    await image(one).png().toFile(`${stem}.png`);
    const features = one.nuclei.map(({ x, y, kind }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [x, y] },
      properties: {
        objectType: 'annotation',
        classification: { name: kind === 'epithelial' ? 'Tumour' : 'Stroma' },
      },
    }));
    writeFileSync(`${stem}.geojson`, JSON.stringify({ type: 'FeatureCollection', features }));
  }
}

/** Data folders in the neutral layout, of CoNSeP's classes and of nuclei without a class. */
async function datasets(folder: string): Promise<void> {
  const source = `${folder}-source`;
  for (const [i, split] of SPLITS.entries()) {
    const one = field(256, 30 + i);
    mkdirSync(join(source, split), { recursive: true });
    const stem = join(source, split, `field-${i}`);
    await image(one).png().toFile(`${stem}.png`);
    const rows = one.nuclei.map(({ x, y, kind }) => `${x},${y},${consepClass(kind)}`);
    writeFileSync(`${stem}.csv`, `x,y,class\n${rows.join('\n')}\n`);
  }
  const classes = 'Inflammatory,Epithelial,Spindle-shaped';
  const own = ['import', 'own', source, '--classes', classes, '--source-mpp', String(mpp)];
  const { code, stderr } = await runUnicell([...own, '--out', join(folder, 'consep')], {
    cwd: dirname(folder),
  });
  if (code !== 0) throw new Error(stderr);
  for (const name of ['monuseg', 'tnbc']) {
    cpSync(join(folder, 'consep'), join(folder, name), { recursive: true });
  }
}

function consepClass(kind: string): string {
  if (kind === 'epithelial') return 'Epithelial';
  return kind === 'lymphocyte' || kind === 'plasma' ? 'Inflammatory' : 'Spindle-shaped';
}
