/** A slide in chunks, from plan to exports, against the whole image at once. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { namesAskedFor } from '../../shared/detect/class-filter.ts';
import { detect } from '../../shared/detect/detect.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import { FORMATS } from '../../shared/formats/registry.ts';
import type { Raster } from '../../shared/image/raster.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import { regionMask } from '../../shared/tiling/region-mask.ts';
import {
  type ChunkWork,
  card,
  engine,
  options,
  image as picture,
  planOf,
  slide,
  workFor,
} from '../../test/support/chunked-slide.ts';
import { crowdedImage, unsteadyEngine } from '../../test/support/crowded-image.ts';
import { rasterSlide } from '../../test/support/raster-slide.ts';
import { smallDisk } from '../../test/support/small-disk.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { testCard } from '../../test/support/test-card.ts';
import { textOf } from '../../test/support/text-of.ts';
import { examinedAreaMm2 } from './examined-area.ts';
import { type FinalizeRequest, finalizeJob } from './finalize-job.ts';
import type { JobPlan } from './job-plan.ts';
import { chunkRectangle } from './plan-layout.ts';
import { runChunks } from './run-chunks.ts';
import { surveyChunks } from './survey.ts';

const below = tempFolder();
const formats = FORMATS.filter(({ needsDicom }) => !needsDicom);
const madeAt = '2026-01-02T03:04:05.000Z';
const disk = smallDisk(40);
if (!disk) console.warn('SKIPPED a slide on a full disk: this user may not mount a tmpfs.');

async function exportsOf({ path, folder }: ChunkWork, doubt?: FinalizeRequest['doubt']) {
  const survey = await surveyChunks(folder);
  const request = { survey, formats, name: 'a.svs', exportFolder: 'exports/', madeAt, doubt };
  const job = await finalizeJob(folder, request).finally(() => survey.close());
  const files = Object.fromEntries(
    job.exports.map(({ name, key }) => [
      name.replace(/^a\./, ''),
      readFileSync(join(path, key), 'utf8'),
    ]),
  );
  return { ...job, files };
}

/** What the same formats say of `detect` on the whole image. */
async function wholeExports(
  of: Raster,
  mpp: number,
  regions?: RegionGeometry[],
  classes?: string[],
) {
  const source = rasterSlide(of, mpp);
  const mask = regions && regionMask(regions, of);
  const asked = { dataset: ['consep', 'ocelot'], regions: mask, classes };
  const { results, image, windows, warnings } = await detect(source, asked, engine);
  const files: Record<string, string> = {};
  for (const { dataset, nuclei, threshold } of results) {
    const only = {
      classes: namesAskedFor(dataset, classes),
      inRegions: regions && (true as const),
    };
    for (const { extension, load } of formats) {
      const { write } = await load();
      const model = { id: card.id, version: card.version };
      const input = {
        nuclei,
        dataset,
        image: { id: 'a.svs', ...image, mpp },
        model,
        threshold,
        only,
      };
      files[`${dataset.id}.${extension}`] = textOf(write(input));
    }
  }
  return { files, windows, warnings, results };
}

describe('a slide in chunks', () => {
  test('has exactly the exports of the whole picture', async () => {
    const cases = fc.record({
      width: fc.integer({ min: 1, max: 200 }),
      height: fc.integer({ min: 1, max: 200 }),
      mpp: fc.constantFrom(0.5, 0.31, 0.8),
      chunkPx: fc.integer({ min: 1, max: 150 }),
      isRegion: fc.boolean(),
      classes: fc.constantFrom<string[] | undefined>(undefined, ['epithelial', 'tumor']),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ width, height, mpp, chunkPx, isRegion, classes }) => {
        const of = crowdedImage(width, height);
        const ring: [number, number][] = [
          [0, 0],
          [width, height / 3],
          [width / 2, height],
          [0, 0],
        ];
        const regions = isRegion ? [{ type: 'Polygon' as const, coordinates: [ring] }] : undefined;
        const asked = { ...options, regions, classes };
        const plan = await planOf({ options: asked, chunkPx }, rasterSlide(of, mpp));
        const work = await workFor(plan, below);
        expect(await runChunks(work.folder, rasterSlide(of, mpp), engine)).toEqual([]);
        const { files, windows, warnings } = await exportsOf(work);
        const whole = await wholeExports(of, mpp, regions, classes);
        expect(files).toEqual(whole.files);
        expect({ windows, warnings }).toEqual({ windows: whole.windows, warnings: whole.warnings });
      }),
      { numRuns: 15 },
    );
  });

  test('counts and densities are over what the model looked at', async () => {
    const plan = await planOf();
    const work = await workFor(plan, below);
    await runChunks(work.folder, slide, engine);
    const { results, exports } = await exportsOf(work);
    const { results: whole } = await wholeExports(picture, 0.4);
    expect(results.map(({ summary }) => summary.total.count)).toEqual(
      whole.map(({ nuclei }) => nuclei.length),
    );
    expect(plan.areaMm2).toBeCloseTo((300 * 260 * 0.4 * 0.4) / 1e6, 12);
    expect(exports[0]).toMatchObject({
      name: 'a.consep.json',
      format: 'json',
      mediaType: 'application/json',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('without tissue is not run, and where there is some only those windows are', async () => {
    const left = {
      covers: ({ x }: { x: number }) => x < 60,
      fraction: 0.25,
      fractionIn: () => 0.1,
    };
    const plan = await planOf({ tissue: left });
    const all = await planOf();
    const windows = (of: JobPlan) => of.chunks.reduce((sum, one) => sum + one.windows, 0);
    expect(windows(plan)).toBeLessThan(windows(all) / 2);
    expect(plan.tissueFraction).toBe(0.25);
    expect(plan.areaMm2).toBeLessThan(all.areaMm2 / 2);
    const work = await workFor(plan, below);
    await runChunks(work.folder, slide, engine);
    const { files } = await exportsOf(work);
    const { nuclei } = JSON.parse(files['consep.columns.json']!) as { nuclei: { x: number[] } };
    expect(nuclei.x.length).toBeGreaterThan(100);
    expect(Math.max(...nuclei.x)).toBeLessThan(120);

    const glass = await planOf({
      tissue: { covers: () => false, fraction: 0, fractionIn: () => 0 },
    });
    expect(glass.chunks).toEqual([]);
    expect(glass.warnings.map(({ code }) => code)).toEqual(['NO_TISSUE']);
    const empty = await workFor(glass, below);
    await runChunks(empty.folder, slide, engine);
    expect((await exportsOf(empty)).results[0]!.summary.total.count).toBe(0);
  });

  test('goes on where it was stopped, and comes out the same', async () => {
    const plan = await planOf();
    const calm = await workFor(plan, below);
    await runChunks(calm.folder, slide, engine);
    const { files } = await exportsOf(calm);

    const work = await workFor(plan, below);
    for (const after of [3, 9, 20, 60]) {
      const stop = new AbortController();
      let batches = 0;
      const onProgress = () => ++batches > after && stop.abort();
      await runChunks(work.folder, slide, engine, { signal: stop.signal, onProgress }).catch(
        (error) => expect(error).toMatchObject({ code: 'CANCELED' }),
      );
    }
    const before = (await work.folder.list()).size;
    expect(before).toBeGreaterThan(2);
    let windows = 0;
    const counting: Engine = {
      ...engine,
      run: (tensor, batch, ...rest) => {
        windows += batch;
        return engine.run(tensor, batch, ...rest);
      },
    };
    await runChunks(work.folder, slide, counting);
    expect(windows).toBeLessThan(plan.chunks.reduce((sum, one) => sum + one.windows, 0));
    expect((await exportsOf(work)).files).toEqual(files);
  });

  test('a damaged file is found, kept aside and run again', async () => {
    const plan = await planOf();
    const work = await workFor(plan, below);
    await runChunks(work.folder, slide, engine);
    const { files } = await exportsOf(work);
    const chunks = join(work.path, 'chunks', plan.planHash);
    const names = readdirSync(chunks).sort();
    const flip = (name: string, at: number) => {
      const bytes = readFileSync(join(chunks, name));
      bytes[at % bytes.length]! ^= 1;
      writeFileSync(join(chunks, name), bytes);
    };
    flip(names[0]!, 300);
    flip(names[1]!, 0);
    writeFileSync(join(chunks, names[2]!), '');
    writeFileSync(join(chunks, `5.${'0'.repeat(64)}`), 'not a chunk');
    writeFileSync(join(chunks, `99999.${'0'.repeat(64)}`), 'of no chunk');
    writeFileSync(join(chunks, 'notes.txt'), 'of somebody else');
    const survey = await surveyChunks(work.folder);
    await survey.close();
    expect(survey.missing).toHaveLength(4);
    expect(await runChunks(work.folder, slide, engine)).toEqual([]);
    expect((await exportsOf(work)).files).toEqual(files);
  });

  test('a part that cannot be read is reported, all others are there', async () => {
    const plan = await planOf();
    const broken = rasterSlide(picture, 0.4, {
      async read(region, plane, signal) {
        if (region.y + region.height > 170) {
          throw new UniCellError('IMAGE_UNREADABLE', 'The file ends in the middle of a tile.');
        }
        return slide.read(region, plane, signal);
      },
    });
    const work = await workFor(plan, below);
    const failed = await runChunks(work.folder, broken, engine);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(plan.chunks.length);
    for (const { task, error } of failed) {
      expect(error).toMatchObject({ code: 'IMAGE_UNREADABLE' });
      const { y, height } = chunkRectangle(plan, task.index);
      expect(y + height).toBeGreaterThan(170);
    }
    let doubts = 0;
    const doubt = async () => {
      doubts += 1;
      return [];
    };
    const { files, areaMm2, results, warnings } = await exportsOf(work, doubt);
    const { nuclei, ...said } = JSON.parse(files['consep.columns.json']!);
    expect(nuclei.y.length).toBeGreaterThan(300);
    // File, warning and densities say what is missing; how few there are says nothing of the resolution.
    const indices = failed.map(({ task }) => task.index).sort((a, b) => a - b);
    expect(said.missing).toEqual(indices.map((index) => chunkRectangle(plan, index)));
    expect(warnings.map(({ code }) => code)).toEqual(['PARTS_MISSING']);
    expect(warnings[0]!.detail).toContain(`${failed.length} of ${plan.chunks.length} parts`);
    expect(areaMm2).toBe(examinedAreaMm2(plan, indices));
    expect(areaMm2).toBeLessThan(plan.areaMm2);
    for (const { summary } of results) {
      expect(summary.total.perMm2).toBe(summary.total.count / areaMm2);
    }
    expect(doubts).toBe(0);
    // With the whole file the rest is run, and nothing shows that it came later.
    expect(await runChunks(work.folder, slide, engine)).toEqual([]);
    const calm = await workFor(plan, below);
    await runChunks(calm.folder, slide, engine);
    expect((await exportsOf(work)).files).toEqual((await exportsOf(calm)).files);
  });

  test('without any part has no densities, and says why', async () => {
    const work = await workFor(await planOf(), below);
    const { areaMm2, results, warnings } = await exportsOf(work);
    expect(areaMm2).toBe(0);
    for (const { summary } of results) {
      expect(summary.total).toEqual({ count: 0, perMm2: null });
      expect(new Set(summary.classes.map(({ perMm2 }) => perMm2))).toEqual(new Set([null]));
    }
    expect(warnings).toMatchObject([
      { code: 'PARTS_MISSING', detail: expect.stringContaining('Nothing was examined') },
    ]);
  });

  test.skipIf(!disk)(
    'on a full disk stops, keeps what was done, and goes on with room',
    async () => {
      const plan = await planOf();
      const calm = await workFor(plan, below);
      await runChunks(calm.folder, slide, engine);
      const work = await workFor(plan, disk!.path);
      const full = { code: 'OUTPUT_UNWRITABLE', message: expect.stringContaining('ENOSPC') };
      await expect(runChunks(work.folder, slide, engine)).rejects.toMatchObject(full);
      const kept = (await work.folder.list()).size;
      expect(kept).toBeGreaterThan(0);
      expect(kept).toBeLessThan(plan.chunks.length);
      for (const [index, key] of await work.folder.list()) {
        expect(await work.folder.read(index, key)).toBeDefined();
      }
      // Room for the chunks and not for the exports.
      disk!.resize(400);
      expect(await runChunks(work.folder, slide, engine)).toEqual([]);
      await expect(exportsOf(work)).rejects.toMatchObject(full);
      disk!.resize(16_000);
      expect((await exportsOf(work)).files).toEqual((await exportsOf(calm)).files);
    },
  );

  test('another model than the planned one is refused', async () => {
    const work = await workFor(await planOf(), below);
    const other = unsteadyEngine(testCard({ version: '2.0.0' }));
    const [failed] = await runChunks(work.folder, slide, other);
    expect(failed!.error).toMatchObject({
      code: 'CARD_MISMATCH',
      message: expect.stringContaining('planned for the model test-model 1.0.0 (fp32)'),
    });
  });
});
