/**
 * `npm run bench:viewer`: a slide with a million nuclei in the viewer, in Chromium without a graphics card. The
 * service and the browser share the machine. `-- 100000` takes fewer nuclei, for a try.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { openLog } from '../../src-gpu/service/log.ts';
import { startService } from '../../src-gpu/service/service.ts';
import { readServiceSettings } from '../../src-gpu/service/settings.ts';
import { findChromium } from '../support/chromium.ts';
import { installedVersion, writeReport } from './report.ts';
import { browse } from './viewer/browse.ts';
import { writeCrowdedJob } from './viewer/crowded-job.ts';

const GOALS = { pan_frame_p95_ms: 33, zoom_frame_p95_ms: 33, points_frame_p95_ms: 33 };
const NUCLEI = Number(process.argv[2] ?? 1_000_000);
const executablePath = findChromium();
if (executablePath === undefined)
  throw new Error('There is no Chromium; set CHROMIUM to its path.');

const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
const data = join(folder, 'data');
try {
  const id = await writeCrowdedJob(data, folder, NUCLEI);
  const settings = readServiceSettings({
    UNICELL_ENV: 'local',
    EXECUTION_PROVIDER: 'cpu',
    THREADS: '1',
    DATA_FOLDER: data,
    SLIDE_FOLDERS: folder,
    MIN_FREE_BYTES: '0',
    PORT: '0',
    LOG_LEVEL: 'error',
  });
  const service = await startService(settings, openLog(settings.LOG_LEVEL));
  const started = performance.now();
  const tile = await fetch(`${service.url}/v1/jobs/${id}/points/consep/0/0/0`);
  if (!tile.ok) throw new Error(await tile.text());
  const firstTileMs = performance.now() - started;
  const args = ['--no-sandbox', '--enable-unsafe-swiftshader'];
  const browser = await chromium.launch({ executablePath, args });
  const version = browser.version();
  const looked = await browse(browser, `${service.url}/viewer?job=${id}`);
  const { pan, zoom, points, heapMb, rssMb } = looked;
  await browser.close();
  await service.stop();
  const figures = {
    nuclei: NUCLEI,
    pan_frame_p50_ms: percentile(pan, 50),
    pan_frame_p95_ms: percentile(pan, 95),
    zoom_frame_p50_ms: percentile(zoom, 50),
    zoom_frame_p95_ms: percentile(zoom, 95),
    points_frame_p50_ms: percentile(points, 50),
    points_frame_p95_ms: percentile(points, 95),
    frames: pan.length + zoom.length + points.length,
    page_heap_mb: heapMb,
    page_rss_mb: rssMb,
    build_tiles_ms: firstTileMs,
  };
  const versions = { chromium: version, openseadragon: installedVersion('openseadragon') };
  writeReport('viewer', [{ figures, versions }], GOALS);
} finally {
  rmSync(folder, { recursive: true });
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]!;
}
