/**
 * Groups and arrays of Zarr 3 as AnnData lays them out (https://anndata.readthedocs.io, "On-disk format"), one file
 * after the other. zarrita writes no text and works asynchronously, which formats do not.
 *
 * @module
 */
import { gzipSync } from 'fflate';
import type { FolderPiece } from '../folder-piece.ts';

type DataType = 'string' | 'bool' | 'int16' | 'int64' | 'float32' | 'float64';

const FILL: Readonly<Record<DataType, unknown>> = {
  string: '',
  bool: false,
  int16: 0,
  int64: 0,
  float32: 0,
  float64: 0,
};

export function groupPiece(path: string, attributes: object = {}): FolderPiece {
  return json(path, { zarr_format: 3, node_type: 'group', attributes });
}

/** A group that AnnData takes for a dictionary. */
export function dictPiece(path: string): FolderPiece {
  return groupPiece(path, { 'encoding-type': 'dict', 'encoding-version': '0.1.0' });
}

/** What describes an array with a value for each row, in chunks that {@link chunkPiece} packs. */
export function columnPiece(
  path: string,
  type: DataType,
  shape: readonly number[],
  chunk: readonly number[],
): FolderPiece {
  const gzip = { name: 'gzip', configuration: { level: GZIP_LEVEL } };
  return arrayPiece(path, type, shape, { chunk, codecs: [gzip] });
}

function arrayPiece(
  path: string,
  type: DataType,
  shape: readonly number[],
  {
    chunk = shape,
    codecs = [],
    attributes = type === 'string' ? TEXTS : NUMBERS,
  }: { chunk?: readonly number[]; codecs?: readonly object[]; attributes?: object } = {},
): FolderPiece {
  const hasEndian = type !== 'string' && type !== 'bool';
  const bytes = { name: 'bytes', ...(hasEndian && { configuration: { endian: 'little' } }) };
  return json(path, {
    zarr_format: 3,
    node_type: 'array',
    shape,
    data_type: type,
    chunk_grid: { name: 'regular', configuration: { chunk_shape: chunk } },
    chunk_key_encoding: { name: 'default', configuration: { separator: '/' } },
    fill_value: FILL[type],
    codecs: [type === 'string' ? { name: 'vlen-utf8', configuration: {} } : bytes, ...codecs],
    attributes,
    storage_transformers: [],
  });
}

const GZIP_LEVEL = 5;

/** @param place Of the chunk. */
export function chunkPiece(
  path: string,
  place: readonly number[],
  bytes: Uint8Array<ArrayBuffer>,
): FolderPiece {
  const packed = gzipSync(bytes, { level: GZIP_LEVEL, mtime: 0 });
  return { name: [path, 'c', ...place].join('/'), bytes: packed as FolderPiece['bytes'] };
}

/** Texts in UTF-8 as the codec `vlen-utf8` has them. */
export function textBytes(texts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = texts.reduce((sum, text) => sum + 4 + text.length, 4);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, texts.length, true);
  let at = 4;
  for (const text of texts) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
  }
  return bytes;
}

/** A text, number or truth that stands alone. */
export function* scalarPieces(
  path: string,
  value: string | number | boolean,
): Generator<FolderPiece> {
  if (typeof value === 'string') {
    const attributes = { 'encoding-type': 'string', 'encoding-version': '0.2.0' };
    yield arrayPiece(path, 'string', [], { attributes });
    yield { name: `${path}/c`, bytes: textBytes([new TextEncoder().encode(value)]) };
    return;
  }
  const attributes = { 'encoding-type': 'numeric-scalar', 'encoding-version': '0.2.0' };
  if (typeof value === 'boolean') {
    yield arrayPiece(path, 'bool', [], { attributes });
    yield { name: `${path}/c`, bytes: Uint8Array.of(value ? 1 : 0) };
    return;
  }
  const isWhole = Number.isSafeInteger(value);
  yield arrayPiece(path, isWhole ? 'int64' : 'float64', [], { attributes });
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  if (isWhole) view.setBigInt64(0, BigInt(value), true);
  else view.setFloat64(0, value, true);
  yield { name: `${path}/c`, bytes };
}

/** A few texts as one array. */
export function* textsPieces(path: string, texts: readonly string[]): Generator<FolderPiece> {
  yield arrayPiece(path, 'string', [texts.length], { chunk: [Math.max(1, texts.length)] });
  const encoder = new TextEncoder();
  const bytes = textBytes(texts.map((text) => encoder.encode(text)));
  if (texts.length > 0) yield { name: `${path}/c/0`, bytes };
}

/** Attributes of arrays of texts, and of numbers. */
const TEXTS = { 'encoding-type': 'string-array', 'encoding-version': '0.2.0' };
const NUMBERS = { 'encoding-type': 'array', 'encoding-version': '0.2.0' };

function json(path: string, document: object): FolderPiece {
  const name = path === '' ? 'zarr.json' : `${path}/zarr.json`;
  return { name, bytes: new TextEncoder().encode(JSON.stringify(document)) };
}
