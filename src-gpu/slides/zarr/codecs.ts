/**
 * Codecs for zarrita that give no more bytes than a chunk has and run beside the main thread. They replace its own,
 * which trust what they are given.
 *
 * @module
 */
import { promisify } from 'node:util';
import { gunzip, inflate, zstdDecompress } from 'node:zlib';
import { registry } from 'zarrita';
import { compute } from '../compute/pool.ts';

const SAMPLE_BYTES: Readonly<Record<string, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
};
/** Other codecs in the chain may make a chunk somewhat longer. */
const SPARE_BYTES = 65_536;

interface ChunkMeta {
  readonly dataType: string;
  readonly shape: readonly number[];
}

type Coder = (bytes: Uint8Array, maxOutputLength: number) => Promise<Uint8Array>;

const unzip = promisify(gunzip);
const decoders: Readonly<Record<string, Coder>> = {
  gzip: (bytes, maxOutputLength) => unzip(bytes, { maxOutputLength }),
  zlib: (bytes, maxOutputLength) => promisify(inflate)(bytes, { maxOutputLength }),
  zstd: (bytes, maxOutputLength) => promisify(zstdDecompress)(bytes, { maxOutputLength }),
  blosc: (bytes, maxBytes) => unpack('blosc', bytes, maxBytes),
  lz4: (bytes, maxBytes) => unpack('lz4', bytes, maxBytes),
};

/** Codecs that are read, by the names of version 3; version 2 writes them as `numcodecs.NAME`. */
export const readCodecs: readonly string[] = [
  ...Object.keys(decoders),
  ...['bytes', 'transpose', 'crc32c', 'sharding_indexed'],
];

/** What a codec of this module has to be for zarrita. */
function boundedCodec(name: string) {
  return {
    fromConfig(_: unknown, { dataType, shape }: ChunkMeta) {
      const sampleBytes = SAMPLE_BYTES[dataType] ?? 8;
      const maxBytes = shape.reduce((product, side) => product * side, sampleBytes) + SPARE_BYTES;
      return {
        kind: 'bytes_to_bytes' as const,
        decode: (bytes: Uint8Array) => decoders[name]!(bytes, maxBytes),
        encode: () => {
          throw new TypeError(`Nothing is written with ${name}.`);
        },
      };
    },
  };
}

for (const name of Object.keys(decoders)) {
  const codec = boundedCodec(name) as never;
  registry.set(name, async () => codec);
  registry.set(`numcodecs.${name}`, async () => codec);
}

/** Where their headers say how long what comes out is, and how long they are. */
const HEADERS = { blosc: { lengthAt: 4, bytes: 16 }, lz4: { lengthAt: 0, bytes: 4 } } as const;

/** Codecs in WebAssembly make room for as much as the bytes say. */
async function unpack(
  codec: 'blosc' | 'lz4',
  packed: Uint8Array,
  maxBytes: number,
): Promise<Uint8Array> {
  const header = HEADERS[codec];
  if (packed.length < header.bytes) throw new Error(`${packed.length} bytes are none of ${codec}`);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const length = view.getUint32(header.lengthAt, true);
  if (length > maxBytes) throw new Error(`it unpacks to ${length} bytes, more than a chunk has`);
  return (await compute({ kind: 'unpack', codec, packed })).data;
}
