/** OME-Zarr of a picture, file by file, and ways to spoil it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Raster } from '../../shared/image/raster.ts';

/** Content by key. */
export type ZarrTree = Map<string, Uint8Array>;

interface Options {
  readonly version?: '0.4' | '0.5';
  readonly mpp?: number;
  /** Members of the description of the image that are other than usual. */
  readonly image?: Record<string, unknown>;
  /** Members of the group's attributes. */
  readonly attributes?: Record<string, unknown>;
  /** Members of the description of the array. */
  readonly array?: Record<string, unknown>;
}

const CHUNK_PX = 128;

/** One level of channels in planes, in chunks that gzip has made smaller. */
export function zarrTree(
  { width, height, data }: Raster,
  { version = '0.5', mpp = 0.5, image = {}, attributes = {}, array = {} }: Options = {},
): ZarrTree {
  const axes = [
    { name: 'c', type: 'channel' },
    { name: 'y', type: 'space', unit: 'micrometer' },
    { name: 'x', type: 'space', unit: 'micrometer' },
  ];
  const coordinateTransformations = [{ type: 'scale', scale: [1, mpp, mpp] }];
  const is5 = version === '0.5';
  const own = is5 ? {} : { version };
  const multiscales = [
    { ...own, axes, datasets: [{ path: '0', coordinateTransformations }], ...image },
  ];
  const said = { multiscales, ...attributes };
  const shape = [3, height, width];
  const chunks = [1, CHUNK_PX, CHUNK_PX];
  const tree: ZarrTree = new Map();
  const put = (key: string, value: unknown) => tree.set(key, Buffer.from(JSON.stringify(value)));
  if (is5) {
    const group = { zarr_format: 3, node_type: 'group' };
    put('zarr.json', { ...group, attributes: { ome: { version, ...said } } });
    put('0/zarr.json', {
      ...{ zarr_format: 3, node_type: 'array', shape, data_type: 'uint8', fill_value: 0 },
      chunk_grid: { name: 'regular', configuration: { chunk_shape: chunks } },
      chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
      codecs: [{ name: 'bytes' }, { name: 'gzip', configuration: { level: 1 } }],
      ...array,
    });
  } else {
    put('.zgroup', { zarr_format: 2 });
    put('.zattrs', said);
    put('0/.zarray', {
      ...{ zarr_format: 2, shape, chunks, dtype: '|u1', fill_value: 0, order: 'C', filters: null },
      ...{ compressor: { id: 'gzip', level: 1 }, dimension_separator: '/', ...array },
    });
  }
  for (let c = 0; c < 3; c++) {
    for (let row = 0; row * CHUNK_PX < height; row++) {
      for (let column = 0; column * CHUNK_PX < width; column++) {
        const chunk = new Uint8Array(CHUNK_PX * CHUNK_PX);
        for (let i = 0; i < chunk.length; i++) {
          const x = column * CHUNK_PX + (i % CHUNK_PX);
          const y = row * CHUNK_PX + Math.floor(i / CHUNK_PX);
          if (x < width && y < height) chunk[i] = data[(y * width + x) * 3 + c]!;
        }
        const place = `${c}/${row}/${column}`;
        tree.set(is5 ? `0/c/${place}` : `0/${place}`, gzipSync(chunk, { level: 1 }));
      }
    }
  }
  return tree;
}

export function saveZarr(tree: ZarrTree, folder: string): string {
  for (const [key, bytes] of tree) {
    const path = join(folder, key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return folder;
}
