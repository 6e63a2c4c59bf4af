/**
 * The file of a million nuclei streamed to a disk from blocks of 10,000, as a job exports them. The peak
 * includes Node itself and the block at hand.
 *
 * @module
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stream } from '../../../shared/formats/dicom-ann.ts';
import { peakRssMb, printPart } from '../report.ts';
import { head, someNuclei } from './nuclei.ts';

const BLOCKS = 100;
const BLOCK = 10_000;

const folder = await mkdtemp(join(tmpdir(), 'unicell-bench-'));
try {
  const path = join(folder, 'slide.ann.dcm');
  const block = someNuclei(BLOCK, 1);
  async function* blocks() {
    for (let i = 0; i < BLOCKS; i++) yield block;
  }
  const start = performance.now();
  await pipeline(stream({ ...head, count: BLOCKS * BLOCK }, blocks), createWriteStream(path));
  const seconds = (performance.now() - start) / 1000;
  const figures = { ann_1m_s: seconds, ann_1m_rss_mb: peakRssMb() };
  printPart({ figures: { ...figures, ann_1m_file_mb: (await stat(path)).size / 1e6 } });
} finally {
  await rm(folder, { recursive: true });
}
