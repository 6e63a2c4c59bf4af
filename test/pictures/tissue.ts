/**
 * The tissue of the documents: one drawn field, and the small annotated ones of `examples/own-data`.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { type SyntheticField, syntheticField } from '../../src-gpu/demo/synthetic/field.ts';

/** Of every picture here. */
export const MPP = 0.5;
const FIELD = { width: 720, height: 512, mpp: MPP, seed: 5 };
const OWN_PX = 256;
/** Where `unicell import own` looks for splits. */
const OWN = ['train/a', 'train/b', 'train/c', 'train/d', 'val/e', 'test/f'];
/** Of the one in `test`. */
export const testIndex = OWN.length - 1;
export const OWN_CLASSES = ['Epithelial', 'Lymphocyte', 'Stroma'];
/** Fields with some nuclei of every class. */
const SEEDS = [73, 74, 78, 91, 77, 79];
const LYMPHOID = new Set(['lymphocyte', 'plasma']);

export interface Label {
  readonly x: number;
  readonly y: number;
  /** One of {@link OWN_CLASSES}. */
  readonly name: string;
}

function jpeg({ raster: { data, width, height } }: SyntheticField): Promise<Buffer> {
  const raw = { width, height, channels: 3 as const };
  return sharp(data, { raw }).jpeg({ quality: 85, chromaSubsampling: '4:4:4' }).toBuffer();
}

/** @param path Of a JPEG. */
export async function writeField(path: string): Promise<void> {
  writeFileSync(path, await jpeg(syntheticField(FIELD)));
}

export function labelsOf({ nuclei }: SyntheticField): Label[] {
  return nuclei.map(({ x, y, kind }) => ({
    x: Math.round(x * 10) / 10,
    y: Math.round(y * 10) / 10,
    name: kind === 'epithelial' ? 'Epithelial' : LYMPHOID.has(kind) ? 'Lymphocyte' : 'Stroma',
  }));
}

export function ownField(index: number): SyntheticField {
  return syntheticField({ width: OWN_PX, height: OWN_PX, mpp: MPP, seed: SEEDS[index]! });
}

/** Pictures by split, and beside each its nuclei as QuPath exports annotations. */
export async function writeOwnData(folder: string): Promise<void> {
  for (const [index, name] of OWN.entries()) {
    const field = ownField(index);
    const stem = join(folder, name);
    mkdirSync(dirname(stem), { recursive: true });
    writeFileSync(`${stem}.jpg`, await jpeg(field));
    const features = labelsOf(field).map(({ x, y, name: label }) => ({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [x, y] },
      properties: { objectType: 'annotation', classification: { name: label } },
    }));
    const lines = features.map((feature) => JSON.stringify(feature)).join(',\n');
    writeFileSync(`${stem}.geojson`, `{"type":"FeatureCollection","features":[\n${lines}\n]}\n`);
  }
}
