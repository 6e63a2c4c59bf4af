/**
 * Streams a million nuclei to files, from blocks as large as a row of chunks.
 *
 *     node write.ts FORMAT
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consep } from '../../../shared/datasets/consep.ts';
import { findFormat } from '../../../shared/formats/registry.ts';
import type { Nuclei } from '../../../shared/nuclei/nuclei.ts';
import { streamFor } from '../../../shared/random.ts';
import { openFsBlobStore } from '../../../src-gpu/blobs/fs-blob-store.ts';
import { writeExports } from '../../../src-gpu/chunks/write-exports.ts';
import { peakRssMb, printPart } from '../report.ts';

const COUNT = 1_000_000;
const BLOCK = 50_000;
const SIDE_PX = 80_000;

const format = findFormat(process.argv[2]!);
const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
try {
  const blobs = await openFsBlobStore(folder);
  const head = {
    count: COUNT,
    dataset: consep,
    image: { id: 'slide.svs', width: SIDE_PX, height: SIDE_PX, mpp: 0.25 },
    model: { id: 'compact', version: '1.0' },
  };
  const start = performance.now();
  const files = await writeExports(blobs, { head, blocks, formats: [format], folder: 'exports/' });
  const seconds = (performance.now() - start) / 1000;
  const name = format.id.replaceAll('-', '_');
  printPart({
    figures: {
      [`${name}_s`]: seconds,
      [`${name}_rss_mb`]: peakRssMb(),
      [`${name}_file_mb`]: files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6,
    },
  });
} finally {
  rmSync(folder, { recursive: true });
}

/** The same nuclei in every pass, made as they are asked for. */
async function* blocks(): AsyncGenerator<Nuclei> {
  const random = streamFor(1, 'formats');
  const column = (high: number) =>
    Float32Array.from({ length: BLOCK }, () => random.uniform(0, high));
  for (let done = 0; done < COUNT; done += BLOCK) {
    yield {
      length: BLOCK,
      x: column(SIDE_PX),
      y: column(SIDE_PX),
      class: Uint8Array.from({ length: BLOCK }, () => random.bits() % consep.classes.length),
      score: column(1),
    };
  }
}
