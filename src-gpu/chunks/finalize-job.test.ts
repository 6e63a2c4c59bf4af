import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FORMATS, findFormat } from '../../shared/formats/registry.ts';
import { engine, planOf, slide, workFor } from '../../test/support/chunked-slide.ts';
import { readAsQuPath } from '../../test/support/read-as-qupath.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { finalizeJob } from './finalize-job.ts';
import { runChunks } from './run-chunks.ts';
import { surveyChunks } from './survey.ts';

test('QuPath gets pixels of the scanned area, all others those of level 0', async () => {
  const bounds = { x: 20, y: 30, width: 200, height: 180 };
  const options = { dataset: ['consep'] };
  const { path, folder } = await workFor(
    await planOf({ options }, { ...slide, bounds }),
    tempFolder(),
  );
  await runChunks(folder, slide, engine);
  const formats = ['qupath', 'qupath-circles', 'csv'].map(findFormat);
  const survey = await surveyChunks(folder);
  const request = {
    survey,
    formats,
    name: 'a.mrxs',
    exportFolder: 'exports/',
    radiusUm: 2,
    madeAt: '2026-01-01T00:00:00.000Z',
  };
  const { exports } = await finalizeJob(folder, request).finally(() => survey.close());
  const [points, circles, csv] = exports.map(({ key }) => readFileSync(join(path, key), 'utf8'));
  const places = csv!
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').slice(0, 2).map(Number));
  expect(places.length).toBeGreaterThan(20);
  const shown = [readAsQuPath(points!), readAsQuPath(circles!)];
  for (const [i, [x, y]] of places.entries()) {
    const [point, circle] = shown.map((objects) => objects[i]!.roi);
    const [px, py] = point!.type === 'points' ? point!.points[0]! : [];
    expect([px! + bounds.x, py! + bounds.y]).toEqual([
      expect.closeTo(x!, 5),
      expect.closeTo(y!, 5),
    ]);
    const halfAxis = circle!.type === 'ellipse' ? circle!.halfAxes[0] : 0;
    // 2 um at 0.4 um per pixel.
    expect(halfAxis).toBeCloseTo(5, 1);
  }
  expect(JSON.parse(points!).unicell).toMatchObject({
    image: { bounds },
    origin: { x: 20, y: 30 },
  });
});

test('every chunk file is read and verified once, whatever the datasets and formats', async () => {
  const options = { dataset: ['consep', 'ocelot'] };
  const { path, folder } = await workFor(await planOf({ options }), tempFolder());
  await runChunks(folder, slide, engine);
  const { blobs, layout } = folder;
  const reads: string[] = [];
  const bytes = blobs.bytes.bind(blobs);
  blobs.bytes = (key) => {
    reads.push(key);
    return bytes(key);
  };
  const survey = await surveyChunks(folder);
  expect(reads.length).toBe(layout.tasks.size);
  expect(new Set(reads)).toEqual(new Set((await folder.list()).values()));
  const { exports, results } = await finalizeJob(folder, {
    survey,
    formats: FORMATS.filter(({ needsDicom }) => !needsDicom),
    name: 'a.svs',
    exportFolder: 'exports/',
    madeAt: '2026-01-01T00:00:00.000Z',
  }).finally(() => survey.close());
  expect(exports.length).toBe(2 * FORMATS.filter(({ needsDicom }) => !needsDicom).length);
  expect(results[0]!.summary.total.count).toBeGreaterThan(100);
  expect(reads.length).toBe(layout.tasks.size);
  expect(readdirSync(join(path, '.parts'))).toEqual([]);
});
