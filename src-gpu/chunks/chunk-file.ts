/**
 * What one chunk found, as bytes: `UCCHUNK1`, the length of the header, the header as JSON, then the
 * columns of each dataset, everything little-endian. Coordinates are pixels of the plane.
 *
 * Files come back from disks and object stores that others can write to, so nothing of them is believed:
 * every length, index and coordinate is checked against the plan.
 *
 * @module
 */
import * as z from 'zod';
import type { Region, Size } from '../../shared/image/source.ts';
import type { ChunkNuclei } from '../../shared/nuclei/chunk-nuclei.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { ownsCentre } from '../../shared/tiling/ownership.ts';

/** What one chunk found under one dataset. */
export interface ChunkResult extends ChunkNuclei {
  readonly dataset: string;
  /** Windows in which every query was a nucleus. */
  readonly saturatedWindows: number;
}

export interface ChunkContent {
  /** Windows that the model saw. */
  readonly windows: number;
  /** In the order of the plan's datasets. */
  readonly results: readonly ChunkResult[];
}

/** What a chunk file must fit. */
export interface ChunkFrame {
  readonly planHash: string;
  readonly index: number;
  readonly core: Region;
  readonly plane: Size;
  readonly windows: number;
  readonly datasets: readonly { readonly id: string; readonly classes: number }[];
}

/** Bytes that are not the chunk they should be: it is to be run again. */
export class ChunkDamaged extends Error {
  override readonly name = 'ChunkDamaged';
}

const MAGIC = new TextEncoder().encode('UCCHUNK1');
const NUCLEUS_BYTES = 13;
const count = z.int().nonnegative();
const headerSchema = z.strictObject({
  planHash: z.string(),
  index: count,
  windows: count,
  datasets: z.array(
    z.strictObject({ id: z.string(), decided: count, open: count, saturatedWindows: count }),
  ),
});

/** The same content gives the same bytes. */
export function encodeChunk(
  { planHash, index }: ChunkFrame,
  { windows, results }: ChunkContent,
): Uint8Array {
  const datasets = results.map(({ dataset, decided, open, saturatedWindows }) => ({
    id: dataset,
    decided: decided.length,
    open: open.length,
    saturatedWindows,
  }));
  const header = new TextEncoder().encode(
    JSON.stringify({ planHash, index, windows, datasets } satisfies z.infer<typeof headerSchema>),
  );
  const tables = results.flatMap(({ decided, open }) => [decided, open]);
  const start = MAGIC.length + 4 + header.length;
  const nuclei = tables.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(start + nuclei * NUCLEUS_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(MAGIC.length, header.length, true);
  bytes.set(header, MAGIC.length + 4);
  let at = start;
  for (const table of tables) {
    for (const column of [table.x, table.y, table.score]) {
      for (const value of column) {
        view.setFloat32(at, value, true);
        at += 4;
      }
    }
    bytes.set(table.class, at);
    at += table.length;
  }
  return bytes;
}

/** @throws {ChunkDamaged} saying what does not fit. */
export function decodeChunk(bytes: Uint8Array, frame: ChunkFrame): ChunkContent {
  const { header, start } = decodeHeader(bytes);
  const expected = frame.datasets.map(({ id }) => id).join();
  if (header.planHash !== frame.planHash || header.index !== frame.index) {
    throw new ChunkDamaged(`it is chunk ${header.index} of the plan ${header.planHash}`);
  }
  if (header.windows !== frame.windows || header.datasets.map(({ id }) => id).join() !== expected) {
    throw new ChunkDamaged('its windows or datasets are not those of the plan');
  }
  const nuclei = header.datasets.reduce((sum, { decided, open }) => sum + decided + open, 0);
  if (bytes.length !== start + nuclei * NUCLEUS_BYTES) {
    throw new ChunkDamaged(`${bytes.length} bytes do not hold ${nuclei} nuclei`);
  }
  let at = start;
  const take = (length: number, classes: number): Nuclei => {
    const table = decodeTable(bytes, at, length);
    at += length * NUCLEUS_BYTES;
    checkTable(table, classes, frame);
    return table;
  };
  const results = header.datasets.map(({ id, decided, open, saturatedWindows }, i) => {
    const { classes } = frame.datasets[i]!;
    if (saturatedWindows > header.windows) {
      throw new ChunkDamaged(`${saturatedWindows} of ${header.windows} windows are saturated`);
    }
    return {
      dataset: id,
      saturatedWindows,
      decided: take(decided, classes),
      open: take(open, classes),
    };
  });
  return { windows: header.windows, results };
}

function decodeHeader(bytes: Uint8Array) {
  const start = MAGIC.length + 4;
  if (bytes.length < start || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new ChunkDamaged('it does not begin as a chunk file does');
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  if (length > bytes.length - start) {
    throw new ChunkDamaged(`its header of ${length} bytes goes beyond its end`);
  }
  const parsed = headerSchema.safeParse(jsonOf(bytes.subarray(start, start + length)));
  if (!parsed.success) {
    throw new ChunkDamaged(`its header does not fit: ${parsed.error.issues[0]!.message}`);
  }
  return { header: parsed.data, start: start + length };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function decodeTable(bytes: Uint8Array, start: number, length: number): Nuclei {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length * NUCLEUS_BYTES);
  const column = (place: number) => {
    const values = new Float32Array(length);
    for (let row = 0; row < length; row++) {
      values[row] = view.getFloat32((place * length + row) * 4, true);
    }
    return values;
  };
  const classes = bytes.slice(start + 12 * length, start + 13 * length);
  return { length, x: column(0), y: column(1), score: column(2), class: classes };
}

function checkTable(table: Nuclei, classes: number, { core, plane }: ChunkFrame): void {
  const { length, x, y, class: indices, score } = table;
  for (let row = 0; row < length; row++) {
    const isInside =
      x[row]! >= 0 &&
      x[row]! <= plane.width &&
      y[row]! >= 0 &&
      y[row]! <= plane.height &&
      ownsCentre(core, plane, x[row]!, y[row]!);
    if (!isInside || indices[row]! >= classes || !(score[row]! > 0 && score[row]! <= 1)) {
      throw new ChunkDamaged(
        `its nucleus ${row} (${x[row]}, ${y[row]}, class ${indices[row]}, score ${score[row]}) cannot be`,
      );
    }
  }
}
