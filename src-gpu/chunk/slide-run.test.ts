/** A slide in chunks, from plan to exports, against the whole picture at once. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RegionGeometry } from '../../shared/api/job-schemas.ts';
import { detect } from '../../shared/detect/detect.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import { FORMATS, findFormat } from '../../shared/formats/registry.ts';
import type { Raster } from '../../shared/image/raster.ts';
import { rowsWhere, takeNuclei } from '../../shared/nuclei/select.ts';
import { regionMask } from '../../shared/tiling/region-mask.ts';
import { crowdedPicture, unsteadyEngine } from '../../test/support/crowded-picture.ts';
import { rasterSlide } from '../../test/support/raster-slide.ts';
import { smallDisk } from '../../test/support/small-disk.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { testCard } from '../../test/support/test-card.ts';
import { openFsBlobStore } from '../jobs/blob/fs-blob-store.ts';
import type { Slide } from '../slide/slide.ts';
import { ChunkFolder } from './chunk-folder.ts';
import { finalizeJob } from './finalize-job.ts';
import type { JobPlan } from './job-plan.ts';
import { parsePlan } from './job-plan.ts';
import { type PlanRequest, planJob } from './plan-job.ts';
import { chunkRectangle, PlanLayout } from './plan-layout.ts';
import { readDetections } from './read-detections.ts';
import { runChunks } from './run-chunks.ts';
import { surveyChunks } from './survey.ts';

const disk = smallDisk(40);
if (!disk) console.warn('SKIPPED a slide on a full disk: this user may not mount a tmpfs.');
const card = testCard();
const engine = unsteadyEngine(card);
const picture = crowdedPicture(300, 260);
const slide = rasterSlide(picture, 0.4);
const base: Omit<PlanRequest, 'options'> = { card, precision: 'fp32', tissue: undefined };
const options: PlanRequest['options'] = { dataset: ['consep', 'ocelot'] };
const triangle: RegionGeometry = {
  type: 'Polygon',
  coordinates: [
    [
      [30, 20],
      [220, 60],
      [90, 240],
      [30, 20],
    ],
  ],
};

const planOf = (changes: Partial<PlanRequest> = {}, of: Slide = slide) =>
  planJob(of, { ...base, options, chunkPx: 70, ...changes });

async function folderFor(plan: JobPlan, path = tempFolder()) {
  return { path, folder: new ChunkFolder(await openFsBlobStore(path), '', new PlanLayout(plan)) };
}

async function exportsOf({ path, folder }: Awaited<ReturnType<typeof folderFor>>) {
  const survey = await surveyChunks(folder);
  const request = { survey, formats: FORMATS, name: 'a.svs', exportFolder: 'exports/' };
  const job = await finalizeJob(folder, request);
  const files = Object.fromEntries(
    job.exports.map(({ name, key }) => [name, readFileSync(join(path, key), 'utf8')]),
  );
  return { ...job, files };
}

/** What the same formats say of `detect` on the whole picture. */
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
  for (const { dataset, nuclei } of results) {
    for (const { extension, load } of FORMATS) {
      const { write } = await load();
      const model = { id: card.id, version: card.version };
      const input = { nuclei, dataset, image: { id: 'a.svs', ...image, mpp }, model };
      files[`${dataset.id}.${extension}`] = [...write(input)].join('');
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
        const of = crowdedPicture(width, height);
        const ring: [number, number][] = [
          [0, 0],
          [width, height / 3],
          [width / 2, height],
          [0, 0],
        ];
        const regions = isRegion ? [{ type: 'Polygon' as const, coordinates: [ring] }] : undefined;
        const asked = { ...options, regions, classes };
        const plan = await planOf({ options: asked, chunkPx }, rasterSlide(of, mpp));
        const work = await folderFor(plan);
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
    const work = await folderFor(plan);
    await runChunks(work.folder, slide, engine);
    const { results, exports } = await exportsOf(work);
    const { results: whole } = await wholeExports(picture, 0.4);
    expect(results.map(({ summary }) => summary.total.count)).toEqual(
      whole.map(({ nuclei }) => nuclei.length),
    );
    expect(plan.areaMm2).toBeCloseTo((300 * 260 * 0.4 * 0.4) / 1e6, 12);
    expect(exports[0]).toMatchObject({
      name: 'consep.json',
      format: 'json',
      mediaType: 'application/json',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('without tissue is not run, and where there is some only those windows are', async () => {
    const left = { covers: ({ x }: { x: number }) => x < 60, fraction: 0.25 };
    const plan = await planOf({ tissue: left });
    const all = await planOf();
    const windows = (of: JobPlan) => of.chunks.reduce((sum, one) => sum + one.windows, 0);
    expect(windows(plan)).toBeLessThan(windows(all) / 2);
    expect(plan.tissueFraction).toBe(0.25);
    expect(plan.areaMm2).toBeLessThan(all.areaMm2 / 2);
    const work = await folderFor(plan);
    await runChunks(work.folder, slide, engine);
    const { files } = await exportsOf(work);
    const { nuclei } = JSON.parse(files['consep.columns.json']!) as { nuclei: { x: number[] } };
    expect(nuclei.x.length).toBeGreaterThan(100);
    expect(Math.max(...nuclei.x)).toBeLessThan(120);

    const glass = await planOf({ tissue: { covers: () => false, fraction: 0 } });
    expect(glass.chunks).toEqual([]);
    expect(glass.warnings.map(({ code }) => code)).toEqual(['NO_TISSUE']);
    const empty = await folderFor(glass);
    await runChunks(empty.folder, slide, engine);
    expect((await exportsOf(empty)).results[0]!.summary.total.count).toBe(0);
  });

  test('goes on where it was stopped, and comes out the same', async () => {
    const plan = await planOf();
    const calm = await folderFor(plan);
    await runChunks(calm.folder, slide, engine);
    const { files } = await exportsOf(calm);

    const work = await folderFor(plan);
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

  test('a damaged file is found, removed and run again', async () => {
    const plan = await planOf();
    const work = await folderFor(plan);
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
    expect((await surveyChunks(work.folder)).missing).toHaveLength(4);
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
    const work = await folderFor(plan);
    const failed = await runChunks(work.folder, broken, engine);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(plan.chunks.length);
    for (const { task, error } of failed) {
      expect(error).toMatchObject({ code: 'IMAGE_UNREADABLE' });
      const { y, height } = chunkRectangle(plan, task.index);
      expect(y + height).toBeGreaterThan(170);
    }
    const { files } = await exportsOf(work);
    const { nuclei } = JSON.parse(files['consep.columns.json']!) as { nuclei: { y: number[] } };
    expect(nuclei.y.length).toBeGreaterThan(300);
    // With the whole file the rest is run, and nothing shows that it came later.
    expect(await runChunks(work.folder, slide, engine)).toEqual([]);
    const calm = await folderFor(plan);
    await runChunks(calm.folder, slide, engine);
    expect((await exportsOf(work)).files).toEqual((await exportsOf(calm)).files);
  });

  test.skipIf(!disk)(
    'on a full disk stops, keeps what was done, and goes on with room',
    async () => {
      const plan = await planOf();
      const calm = await folderFor(plan);
      await runChunks(calm.folder, slide, engine);
      const work = await folderFor(plan, disk!.path);
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
    const work = await folderFor(await planOf());
    const other = unsteadyEngine(testCard({ version: '2.0.0' }));
    const [failed] = await runChunks(work.folder, slide, other);
    expect(failed!.error).toMatchObject({
      code: 'CARD_MISMATCH',
      message: expect.stringContaining('planned for the model test-model 1.0.0 (fp32)'),
    });
  });
});

describe('a plan', () => {
  test('has a hash that names everything that matters and nothing else', async () => {
    const hash = async (changes: Partial<PlanRequest>, of: Slide = slide) =>
      (await planOf(changes, of)).planHash;
    const first = await hash({});
    expect(await hash({})).toBe(first);
    expect(await hash({}, rasterSlide(picture, 0.4))).toBe(first);
    const others = await Promise.all([
      hash({ options: { ...options, threshold: 0.7 } }),
      hash({ options: { ...options, classes: ['epithelial'] } }),
      hash({ options: { ...options, regions: [triangle] } }),
      hash({ options: { ...options, dataset: ['ocelot', 'consep'] } }),
      hash({ options: { ...options, mpp: 0.41 } }),
      hash({ chunkPx: 90 }),
      hash({ tissue: { covers: ({ x }) => x < 60, fraction: 0.25 } }),
      hash({ card: testCard({ version: '2' }) }),
      hash({}, rasterSlide(crowdedPicture(300, 260, 40, 2), 0.4)),
    ]);
    expect(new Set([first, ...others]).size).toBe(others.length + 1);
  });

  test('goes through JSON, and a changed one is not taken for it', async () => {
    const plan = await planOf({ options: { ...options, regions: [triangle], organ: 'colon' } });
    const json = JSON.stringify(plan);
    expect(parsePlan(json, plan.planHash)).toEqual(plan);
    expect(parsePlan(json.replace('"planeMpp":0.5', '"planeMpp":0.4'), plan.planHash)).toBe(
      undefined,
    );
    expect(parsePlan(json, 'f'.repeat(64))).toBe(undefined);
    expect(parsePlan('{', plan.planHash)).toBe(undefined);
  });

  test('refuses what detect refuses', async () => {
    const mppless = rasterSlide(picture);
    await expect(planOf({}, mppless)).rejects.toMatchObject({ code: 'MPP_UNKNOWN' });
    const unknown = { options: { dataset: ['nobody'] } };
    await expect(planOf(unknown)).rejects.toMatchObject({ code: 'DATASET_UNKNOWN' });
    const classes = { options: { ...options, classes: ['nothing'] } };
    await expect(planOf(classes)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    const far: RegionGeometry = {
      type: 'Polygon',
      coordinates: [
        [
          [9000, 0],
          [9100, 0],
          [9100, 100],
          [9000, 0],
        ],
      ],
    };
    await expect(planOf({ options: { ...options, regions: [far] } })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    });
  });
});

describe('detections of a part', () => {
  const read = async (...args: Parameters<typeof readDetections>) => {
    const { parts, ...rest } = await readDetections(...args);
    let text = '';
    for await (const part of parts) text += part;
    return { text, ...rest };
  };

  test('are those of the exports in any box, with any classes and scores', async () => {
    const work = await folderFor(await planOf());
    await runChunks(work.folder, slide, engine);
    const whole = await wholeExports(picture, 0.4);
    const side = fc.integer({ min: -20, max: 320 });
    const cases = [
      fc.tuple(side, side, side, side),
      fc.constantFrom(0, 1),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(...FORMATS),
    ] as const;
    await fc.assert(
      fc.asyncProperty(...cases, async ([x0, y0, x1, y1], place, minScore, { id, load }) => {
        const { dataset, nuclei } = whole.results[place]!;
        const { x, y, class: indices, score, length } = nuclei;
        const rows = rowsWhere(
          length,
          (i) =>
            x[i]! >= x0 &&
            x[i]! < x1 &&
            y[i]! >= y0 &&
            y[i]! < y1 &&
            score[i]! >= minScore &&
            indices[i] === 1,
        );
        const { write } = await load();
        const model = { id: card.id, version: card.version };
        const image = { id: 'a.svs', width: 300, height: 260, mpp: 0.4 };
        const expected = write({ nuclei: takeNuclei(nuclei, rows), dataset, image, model });
        const { text, isPartial } = await read(work.folder, {
          dataset: dataset.id,
          bbox: [x0, y0, x1, y1],
          classes: [dataset.classes[1]!.name],
          minScore,
          format: id,
          name: 'a.svs',
        });
        expect(text).toBe([...expected].join(''));
        expect(isPartial).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('while the job runs are those that are there, and marked partial', async () => {
    const plan = await planOf();
    const work = await folderFor(plan);
    const query = { dataset: 'consep', format: 'csv', name: 'a.svs' };
    expect(await read(work.folder, query)).toEqual({
      text: 'x,y,class,score\n',
      mediaType: findFormat('csv').mediaType,
      isPartial: true,
    });
    const stop = new AbortController();
    const onProgress = (done: number) => done > 60 && stop.abort();
    await runChunks(work.folder, slide, engine, { signal: stop.signal, onProgress }).catch(
      () => {},
    );
    const there = [...(await work.folder.list()).keys()];
    const { x, y, width, height } = chunkRectangle(plan, there[0]!);
    expect(there.length).toBeLessThan(plan.chunks.length);
    const half = await read(work.folder, query);
    expect(half.isPartial).toBe(true);
    expect(half.text.split('\n').length).toBeGreaterThan(20);
    const inner = [x + 20, y + 20, x + width - 20, y + height - 20] as const;
    expect((await read(work.folder, { ...query, bbox: inner })).isPartial).toBe(false);
  });

  test.each([
    [{ dataset: undefined }, 'INVALID_OPTIONS', 'the datasets consep, ocelot; say with dataset'],
    [{ dataset: 'lizard' }, 'DATASET_UNKNOWN', 'no dataset "lizard"; it has consep, ocelot'],
    [{ classes: ['blue'] }, 'INVALID_OPTIONS', 'There is no class "blue"'],
    [{ format: 'xlsx' }, 'FORMAT_UNKNOWN', 'The format "xlsx" is not known'],
  ])('refuse %j', async (change, code, message) => {
    const work = await folderFor(await planOf());
    const query = { dataset: 'consep', format: 'csv', name: 'a.svs', ...change };
    await expect(read(work.folder, query)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
