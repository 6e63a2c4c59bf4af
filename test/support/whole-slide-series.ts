import sharp from 'sharp';
import type { DicomAttribute, DicomJson } from '../../shared/dicom/dicom-json.ts';
import type { Raster } from '../../shared/image/raster.ts';

/** An instance as a PACS holds it. */
export interface StoredInstance {
  readonly uid: string;
  readonly data: DicomJson;
  readonly frames: readonly Uint8Array[];
  readonly transferSyntax: string;
}

export interface SeriesOptions {
  readonly tilePx?: number;
  readonly levels?: number;
  readonly mpp?: number;
  readonly organisation?: 'TILED_FULL' | 'TILED_SPARSE';
  readonly coding?: 'jpeg' | 'plain';
  /** Frames that were not scanned, of a sparsely tiled slide. */
  readonly isMissing?: (column: number, row: number) => boolean;
}

export const STUDY = '1.2.826.0.1.3680043.10.1';
export const SERIES = '1.2.826.0.1.3680043.10.1.2';
const SYNTAX = { jpeg: '1.2.840.10008.1.2.4.50', plain: '1.2.840.10008.1.2.1' };

export const text = (vr: string, ...Value: readonly string[]): DicomAttribute => ({ vr, Value });
export const number = (vr: string, ...Value: readonly number[]): DicomAttribute => ({ vr, Value });
export const items = (...Value: readonly DicomJson[]): DicomAttribute => ({ vr: 'SQ', Value });

/** An image as the levels of a whole slide series, half the size each. */
export async function wholeSlideSeries(
  image: Raster,
  options: SeriesOptions = {},
): Promise<StoredInstance[]> {
  const { levels = 2, mpp = 0.5 } = options;
  const instances: StoredInstance[] = [];
  for (let level = 0; level < levels; level++) {
    const raster = level === 0 ? image : await resized(image, 2 ** level);
    const uid = `${SERIES}.${level + 1}`;
    const spacingMm = (mpp * image.width) / raster.width / 1000;
    instances.push(await levelOf(raster, uid, spacingMm, options));
  }
  return instances;
}

/** An instance of the series that no one may look at. */
export function labelInstance(uid: string, flavour = 'LABEL'): StoredInstance {
  const data = {
    ...identity(uid),
    '00080008': text('CS', 'ORIGINAL', 'PRIMARY', flavour, 'NONE'),
  };
  return { uid, data, frames: [new Uint8Array(3)], transferSyntax: SYNTAX.jpeg };
}

async function levelOf(
  raster: Raster,
  uid: string,
  spacingMm: number,
  { tilePx = 64, organisation = 'TILED_FULL', coding = 'jpeg', isMissing }: SeriesOptions,
): Promise<StoredInstance> {
  const columns = Math.ceil(raster.width / tilePx);
  const places = Array.from({ length: columns * Math.ceil(raster.height / tilePx) }, (_, i) => {
    return { column: i % columns, row: Math.floor(i / columns) };
  }).filter(({ column, row }) => !isMissing?.(column, row));
  // In an order that no formula gives.
  if (organisation === 'TILED_SPARSE') places.reverse();
  const frames: Uint8Array[] = [];
  for (const { column, row } of places) {
    frames.push(
      await encode(tileOf(raster, column * tilePx, row * tilePx, tilePx), tilePx, coding),
    );
  }
  const measures = items({ '00280030': number('DS', spacingMm, spacingMm) });
  const data: DicomJson = {
    ...identity(uid),
    '00080008': text('CS', 'ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'),
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Doe^Jane' }] },
    '00209311': text('CS', organisation),
    '00280002': number('US', 3),
    '00280004': text('CS', coding === 'jpeg' ? 'YBR_FULL_422' : 'RGB'),
    '00280006': number('US', 0),
    '00280008': number('IS', frames.length),
    '00280010': number('US', tilePx),
    '00280011': number('US', tilePx),
    '00280100': number('US', 8),
    '00480001': number('FL', spacingMm * raster.width),
    '00480002': number('FL', spacingMm * raster.height),
    '00480006': number('UL', raster.width),
    '00480007': number('UL', raster.height),
    '52009229': items({ '00289110': measures }),
  };
  const positions = places.map(({ column, row }) => ({
    '0048021A': items({
      '0048021E': number('SL', column * tilePx + 1),
      '0048021F': number('SL', row * tilePx + 1),
      '0040074A': text('DS', '0'),
    }),
  }));
  const sparse = { ...data, '52009230': items(...positions) };
  return {
    uid,
    data: organisation === 'TILED_SPARSE' ? sparse : data,
    frames,
    transferSyntax: SYNTAX[coding],
  };
}

function identity(uid: string): DicomJson {
  return {
    '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.77.1.6'),
    '00080018': text('UI', uid),
    '00080060': text('CS', 'SM'),
    '0020000D': text('UI', STUDY),
    '0020000E': text('UI', SERIES),
  };
}

/** A tile; black beyond the border, where nobody is to look. */
function tileOf({ width, height, data }: Raster, left: number, top: number, tilePx: number) {
  const tile = new Uint8Array(tilePx * tilePx * 3);
  for (let y = 0; y < tilePx && top + y < height; y++) {
    const from = ((top + y) * width + left) * 3;
    tile.set(data.subarray(from, from + 3 * Math.min(tilePx, width - left)), y * tilePx * 3);
  }
  return tile;
}

async function encode(tile: Uint8Array, tilePx: number, coding: 'jpeg' | 'plain') {
  if (coding === 'plain') return tile;
  const raw = { width: tilePx, height: tilePx, channels: 3 as const };
  return new Uint8Array(
    await sharp(tile, { raw }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
  );
}

async function resized({ width, height, data }: Raster, by: number): Promise<Raster> {
  const { data: small, info } = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(Math.ceil(width / by), Math.ceil(height / by), { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(small) };
}
