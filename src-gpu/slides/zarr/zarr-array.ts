/**
 * An array of a Zarr that holds pixels: what it says of itself, checked before anything of it is read.
 *
 * @module
 */
import { Location, open, type Array as ZarritaArray } from 'zarrita';
import { z } from 'zod';
import { UniCellError } from '../../../shared/errors.ts';
import { readCodecs } from './codecs.ts';
import type { ZarrFiles } from './zarr-store.ts';

/** As tiles of a TIFF: 4096 x 4096 pixels of three samples of 16 bits. */
export const MAX_CHUNK_BYTES = 4096 * 4096 * 3 * 2;
const MAX_SHARD_CHUNKS = 1024 * 1024;
const MAX_SIDE = 2 ** 31 - 1;
/** As tiles of a TIFF; along axes of pixels. */
const MIN_CHUNK_PX = 16;

export type SampleType = 'uint8' | 'uint16';

export interface PixelArray {
  /** Below the Zarr. */
  readonly path: string;
  readonly shape: readonly number[];
  /** Of what is decoded at once, and so of the chunks inside of a shard. */
  readonly chunk: readonly number[];
  readonly samples: SampleType;
  readonly isSharded: boolean;
  /** Of the files, which may be shards. */
  readonly fileChunk: readonly number[];
  /** The key of a file below the Zarr. */
  fileKey(place: readonly number[]): string;
  /** All samples of a chunk. */
  readChunk(place: readonly number[], signal?: AbortSignal): Promise<Chunk>;
}

export interface Chunk {
  readonly data: Uint8Array | Uint16Array;
  /** Samples from one to the next along each axis. */
  readonly stride: readonly number[];
}

const sides = z.array(z.int().min(1).max(MAX_SIDE)).min(2).max(5);
const codec = z.looseObject({ name: z.string(), configuration: z.unknown().optional() });
const version2 = z.object({
  zarr_format: z.literal(2),
  shape: sides,
  chunks: sides,
  dtype: z.string(),
  order: z.enum(['C', 'F']).default('C'),
  dimension_separator: z.enum(['.', '/']).default('.'),
  compressor: z.looseObject({ id: z.string() }).nullish(),
  filters: z.array(z.looseObject({ id: z.string() })).nullish(),
});
const sharding = z.object({
  chunk_shape: sides,
  codecs: z.array(codec),
  index_codecs: z.array(codec),
  index_location: z.string().default('end'),
});
const version3 = z.object({
  zarr_format: z.literal(3),
  node_type: z.literal('array'),
  shape: sides,
  data_type: z.string(),
  chunk_grid: z.object({
    name: z.string(),
    configuration: z.looseObject({ chunk_shape: z.unknown().optional() }),
  }),
  chunk_key_encoding: z.object({
    name: z.enum(['default', 'v2']),
    configuration: z.object({ separator: z.enum(['.', '/']).optional() }).optional(),
  }),
  codecs: z.array(codec).min(1),
  storage_transformers: z.array(z.unknown()).optional(),
});

interface Layout extends Pick<PixelArray, 'shape' | 'chunk' | 'fileChunk' | 'isSharded'> {
  readonly samples: string;
  readonly codecs: readonly string[];
  keyOf(place: readonly number[]): string;
}

/**
 * Opens an array.
 *
 * @param version Of Zarr.
 * @param planeAxes Places of y and x among the axes.
 * @throws {UniCellError} `IMAGE_UNREADABLE` for a description that is none; `IMAGE_UNSUPPORTED`, by name, for samples,
 *   codecs and chunks that are not read.
 */
export async function openPixelArray(
  files: ZarrFiles,
  path: string,
  version: 2 | 3,
  planeAxes: readonly number[],
): Promise<PixelArray> {
  const { label } = files.store;
  const document = await files.json(`${path}/${version === 2 ? '.zarray' : 'zarr.json'}`);
  if (document === undefined) {
    throw unreadable(label, `refers to an array at ${path} that is not there`);
  }
  const layout = version === 2 ? layout2(label, path, document) : layout3(label, path, document);
  const samples = requireReadable(label, path, layout);
  const { shape, chunk, fileChunk, isSharded, keyOf } = layout;
  if (planeAxes.some((i) => chunk[i]! < Math.min(MIN_CHUNK_PX, shape[i]!))) {
    throw unsupported(
      label,
      path,
      `chunks of ${chunk.join(' x ')}`,
      `chunks of at least ${MIN_CHUNK_PX} x ${MIN_CHUNK_PX} pixels`,
    );
  }
  const location = new Location(files, `/${path}`);
  const array = await (version === 2 ? open.v2 : open.v3)(location, { kind: 'array' }).catch(
    (cause: unknown) => {
      throw asUnreadable(label, path, cause);
    },
  );
  return {
    ...{ path, shape, chunk, fileChunk, isSharded, samples },
    fileKey: (place) => `${path}/${keyOf(place)}`,
    readChunk: (place, signal) =>
      readChunk(label, path, array as ZarritaArray<SampleType, ZarrFiles>, chunk, place, signal),
  };
}

function layout2(label: string, path: string, document: unknown): Layout {
  const { shape, chunks, dtype, dimension_separator, compressor, filters } = parse(
    version2,
    label,
    path,
    document,
  );
  const names: Readonly<Record<string, string>> = {
    '|u1': 'uint8',
    '<u2': 'uint16',
    '>u2': 'uint16',
  };
  return {
    ...{ shape, chunk: chunks, fileChunk: chunks, isSharded: false },
    samples: names[dtype] ?? dtype,
    codecs: [...(filters ?? []), ...(compressor ? [compressor] : [])].map(({ id }) => id),
    keyOf: (place) => place.join(dimension_separator),
  };
}

function layout3(label: string, path: string, document: unknown): Layout {
  const { shape, data_type, chunk_grid, chunk_key_encoding, codecs, storage_transformers } = parse(
    version3,
    label,
    path,
    document,
  );
  if (chunk_grid.name !== 'regular') {
    throw unsupported(label, path, `chunks in a grid that is ${chunk_grid.name}`, 'regular');
  }
  if (storage_transformers?.length) throw unsupported(label, path, 'storage transformers', 'none');
  const fileChunk = parse(sides, label, path, chunk_grid.configuration.chunk_shape);
  const { name, configuration } = chunk_key_encoding;
  const separator = configuration?.separator ?? (name === 'v2' ? '.' : '/');
  const keyOf = (place: readonly number[]) =>
    (name === 'v2' ? place : ['c', ...place]).join(separator);
  const shards = codecs.find((one) => one.name === 'sharding_indexed');
  if (!shards) {
    const names = codecs.map((one) => one.name);
    return {
      shape,
      chunk: fileChunk,
      fileChunk,
      isSharded: false,
      samples: data_type,
      codecs: names,
      keyOf,
    };
  }
  if (codecs.length > 1) {
    throw unsupported(label, path, 'shards with another codec around them', 'shards alone');
  }
  const inner = parse(sharding, label, path, shards.configuration);
  if (inner.index_location !== 'end') {
    throw unsupported(
      label,
      path,
      `shards with their index at the ${inner.index_location}`,
      'the end',
    );
  }
  requireShards(label, path, fileChunk, inner.chunk_shape);
  return {
    ...{ shape, chunk: inner.chunk_shape, fileChunk, isSharded: true, samples: data_type },
    codecs: [...inner.codecs, ...inner.index_codecs].map((one) => one.name),
    keyOf,
  };
}

function requireShards(
  label: string,
  path: string,
  shard: readonly number[],
  chunk: readonly number[],
): void {
  const isWhole = shard.length === chunk.length && shard.every((side, i) => side % chunk[i]! === 0);
  const count = shard.reduce((product, side, i) => product * (side / chunk[i]!), 1);
  if (isWhole && count <= MAX_SHARD_CHUNKS) return;
  throw unreadable(
    label,
    `has shards of ${shard.join(' x ')} in chunks of ${chunk.join(' x ')} at ${path}, which do not divide them or are too many`,
  );
}

function requireReadable(
  label: string,
  path: string,
  { shape, chunk, samples, codecs }: Layout,
): SampleType {
  if (samples !== 'uint8' && samples !== 'uint16') {
    throw unsupported(label, path, `samples of type ${samples}`, 'uint8 and uint16');
  }
  const unread = codecs.find((name) => !readCodecs.includes(name.replace(/^numcodecs\./, '')));
  if (unread !== undefined) {
    throw unsupported(label, path, `the codec ${unread}`, readCodecs.join(', '));
  }
  if (chunk.length !== shape.length) {
    throw unreadable(label, `has ${shape.length} axes and chunks of ${chunk.length} at ${path}`);
  }
  const bytes = chunk.reduce((product, side) => product * side, samples === 'uint8' ? 1 : 2);
  if (bytes > MAX_CHUNK_BYTES) {
    throw unsupported(
      label,
      path,
      `chunks of ${chunk.join(' x ')} (${bytes} bytes)`,
      `chunks of at most ${MAX_CHUNK_BYTES} bytes, as 4096 x 4096 pixels of 16 bits`,
    );
  }
  return samples;
}

async function readChunk(
  label: string,
  path: string,
  array: ZarritaArray<SampleType, ZarrFiles>,
  shape: readonly number[],
  place: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Chunk> {
  try {
    const { data, stride } = await array.getChunk([...place], signal ? { signal } : {});
    const samples = shape.reduce((product, side) => product * side, 1);
    if (data.length !== samples) {
      throw new Error(`it has ${data.length} samples, and should have ${samples}`);
    }
    return { data, stride };
  } catch (cause) {
    throw asUnreadable(label, `${path}, chunk ${place.join('/')}`, cause);
  }
}

function parse<T>(schema: z.ZodType<T>, label: string, path: string, document: unknown): T {
  const { success, data, error } = schema.safeParse(document);
  if (success) return data;
  const [issue] = error.issues;
  const where = issue!.path.join('.') || 'it';
  throw unreadable(label, `describes the array at ${path} wrongly (${where}: ${issue!.message})`);
}

/** Errors of ours come through zarrita as the cause of its own. */
function asUnreadable(label: string, where: string, error: unknown): UniCellError {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UniCellError) return cause;
  }
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = inner instanceof Error ? inner.message : String(inner);
  return unreadable(label, `cannot be read at ${where}: ${reason}`, error);
}

function unreadable(label: string, what: string, cause?: unknown): UniCellError {
  return new UniCellError(
    'IMAGE_UNREADABLE',
    `${label} ${what}. The Zarr is damaged; copy or export it again.`,
    { cause },
  );
}

function unsupported(label: string, path: string, what: string, allowed: string): UniCellError {
  return new UniCellError(
    'IMAGE_UNSUPPORTED',
    `${label} has ${what} at ${path}, which is not read; read is: ${allowed}. Write it again, for instance with \`bioformats2raw\` or the package ome-zarr of Python.`,
  );
}
