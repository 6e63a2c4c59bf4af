import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detect } from '../../shared/detect/detect.ts';
import { FORMATS, findFormat } from '../../shared/formats/registry.ts';
import { rowsWhere, takeNuclei } from '../../shared/nuclei/select.ts';
import { card, engine, planOf, slide, workFor } from '../../test/support/chunked-slide.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { textOf } from '../../test/support/text-of.ts';
import { chunkRectangle } from './plan-layout.ts';
import { readDetections } from './read-detections.ts';
import { runChunks } from './run-chunks.ts';

const below = tempFolder();
const madeAt = '2026-01-02T03:04:05.000Z';

describe('detections of a part', () => {
  const read = async (...args: Parameters<typeof readDetections>) => {
    const { parts, ...rest } = await readDetections(...args);
    const all: Uint8Array[] = [];
    for await (const part of parts) all.push(part);
    return { text: textOf(all), ...rest };
  };

  test('are those of the exports in any box, with any classes and scores', async () => {
    const work = await workFor(await planOf(), below);
    await runChunks(work.folder, slide, engine);
    const whole = await detect(slide, { dataset: ['consep', 'ocelot'] }, engine);
    const side = fc.integer({ min: -20, max: 320 });
    const cases = [
      fc.tuple(side, side, side, side),
      fc.constantFrom(0, 1),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(...FORMATS.filter(({ needsDicom }) => !needsDicom)),
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
        const bbox = [x0, y0, x1, y1] as const;
        const expected = write({
          ...{ nuclei: takeNuclei(nuclei, rows), dataset, image, model },
          threshold: Math.max(dataset.threshold, minScore),
          only: { classes: [dataset.classes[1]!.name], bbox },
        });
        const { text, isPartial } = await read(work.folder, {
          dataset: dataset.id,
          bbox,
          classes: [dataset.classes[1]!.name],
          minScore,
          format: id,
          name: 'a.svs',
          madeAt,
        });
        expect(text).toBe(textOf(expected));
        expect(isPartial).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('while the job runs are those that are there, and marked partial', async () => {
    const plan = await planOf();
    const work = await workFor(plan, below);
    const query = { dataset: 'consep', format: 'csv', name: 'a.svs', madeAt };
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
    const json = await read(work.folder, { ...query, format: 'json' });
    const absent = plan.chunks.filter(({ index }) => !there.includes(index));
    expect(JSON.parse(json.text).missing).toEqual(
      absent.map(({ index }) => chunkRectangle(plan, index)),
    );
    const inner = [x + 20, y + 20, x + width - 20, y + height - 20] as const;
    expect((await read(work.folder, { ...query, bbox: inner })).isPartial).toBe(false);
  });

  test.each([
    [{ dataset: undefined }, 'INVALID_OPTIONS', 'the datasets consep, ocelot; say with dataset'],
    [{ dataset: 'lizard' }, 'DATASET_UNKNOWN', 'no dataset "lizard"; it has consep, ocelot'],
    [{ classes: ['blue'] }, 'INVALID_OPTIONS', 'There is no class "blue"'],
    [{ format: 'xlsx' }, 'FORMAT_UNKNOWN', 'The format "xlsx" is not known'],
  ])('refuse %j', async (change, code, message) => {
    const work = await workFor(await planOf(), below);
    const query = { dataset: 'consep', format: 'csv', name: 'a.svs', madeAt, ...change };
    await expect(read(work.folder, query)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
