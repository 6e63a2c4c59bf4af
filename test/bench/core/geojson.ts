/**
 * A million nuclei as QuPath GeoJSON, written to a file as `unicell detect` writes it.
 *
 * @module
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consep } from '../../../shared/datasets/consep.ts';
import { findFormat } from '../../../shared/formats/registry.ts';
import type { Nuclei } from '../../../shared/nuclei/nuclei.ts';
import { streamFor } from '../../../shared/random.ts';
import { writeTogether } from '../../../src-gpu/command/write-together.ts';
import { peakRssMb, printPart } from '../report.ts';

const COUNT = 1_000_000;
const SIDE_PX = 80_000;

const nuclei = randomNuclei();
const { write } = await findFormat('qupath').load();
const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
try {
  const start = performance.now();
  const content = write({
    nuclei,
    dataset: consep,
    image: { id: 'slide.svs', width: SIDE_PX, height: SIDE_PX, mpp: 0.25 },
    model: { id: 'compact', version: '1.0' },
  });
  const [file] = await writeTogether(folder, [{ name: 'slide.geojson', content }]);
  const seconds = (performance.now() - start) / 1000;
  printPart({
    figures: {
      geojson_1m_s: seconds,
      geojson_1m_rss_mb: peakRssMb(),
      geojson_1m_file_mb: statSync(file!).size / 1e6,
    },
  });
} finally {
  rmSync(folder, { recursive: true });
}

function randomNuclei(): Nuclei {
  const random = streamFor(1, 'geojson');
  const column = (high: number) =>
    Float32Array.from({ length: COUNT }, () => random.uniform(0, high));
  return {
    length: COUNT,
    x: column(SIDE_PX),
    y: column(SIDE_PX),
    class: Uint8Array.from({ length: COUNT }, () => random.bits() % consep.classes.length),
    score: column(1),
  };
}
