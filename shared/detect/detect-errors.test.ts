import { describe, expect, test } from 'vitest';
import { glass, oracleEngine, plantPixel } from '../../test/support/oracle-engine.ts';
import { testCard } from '../../test/support/test-card.ts';
import type { Engine } from '../engine/engine.ts';
import { UniCellError } from '../errors.ts';
import { RasterSource } from '../image/raster-source.ts';
import type { ImageSource } from '../image/source.ts';
import { detect } from './detect.ts';
import type { DetectOptions } from './options.ts';

const card = testCard();
const engine = oracleEngine(card);
const image = () => new RasterSource(glass(100, 60), 0.5);

describe('what detect refuses', () => {
  test.each([
    ['INVALID_OPTIONS', { dataset: '' }],
    ['DATASET_UNKNOWN', { dataset: 'consept' }],
    ['DATASET_NOT_IN_MODEL', { dataset: 'lizard' }],
    ['MPP_INVALID', { dataset: 'consep', mpp: 0 }],
    ['MPP_INVALID', { dataset: 'consep', mpp: Number.NaN }],
    ['INVALID_OPTIONS', { dataset: 'consep', threshold: 0 }],
    ['INVALID_OPTIONS', { dataset: 'consep', threshold: 1 }],
    ['INVALID_OPTIONS', { dataset: 'consep', threshold: Number.NaN }],
    ['INVALID_OPTIONS', { dataset: 'consep', batch: 0 }],
    ['INVALID_OPTIONS', { dataset: 'consep', batch: 2.5 }],
    ['INVALID_OPTIONS', { dataset: 'consep', batch: 257 }],
    ['INVALID_OPTIONS', { dataset: 'consep', classes: [] }],
    ['INVALID_OPTIONS', { dataset: 'consep', classes: ['epithelial', 'Tumor_Cell'] }],
  ] as [string, DetectOptions][])('%s for %j', async (code, options) => {
    await expect(detect(image(), options, engine)).rejects.toMatchObject({ code });
  });

  test('a picture of unknown resolution', async () => {
    const source = new RasterSource(glass(10, 10));
    await expect(detect(source, { dataset: 'consep' }, engine)).rejects.toMatchObject({
      code: 'MPP_UNKNOWN',
    });
  });

  test('a class that is misspelt, with the nearest', async () => {
    const options = { dataset: 'consep', classes: ['epithelail'] };
    await expect(detect(image(), options, engine)).rejects.toThrow(/Did you mean "Epithelial"/);
  });

  test.each([
    [0, 10],
    [10, -1],
    [10, 2.5],
    [Number.NaN, 10],
  ])('a picture of %d x %d pixels', async (width, height) => {
    const source: ImageSource = { width, height, mpp: 0.5, read: () => Promise.reject() };
    await expect(detect(source, { dataset: 'consep' }, engine)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
    });
  });

  test('a model that returns less than it was asked for', async () => {
    const mute: Engine = { ...engine, run: async () => [] };
    await expect(detect(image(), { dataset: 'consep' }, mute)).rejects.toMatchObject({
      code: 'MODEL_OUTPUT_INVALID',
    });
  });
});

describe('what detect warns of', () => {
  const codes = async (options: Partial<DetectOptions>, source = image(), by = engine) =>
    (await detect(source, { dataset: 'consep', ...options }, by)).warnings.map((w) => w.code);

  test('nothing when there is nothing to say', async () => {
    expect(await codes({ organ: 'colon', mpp: 0.52 })).toEqual([]);
  });

  test('an organ that the dataset was not made from', async () => {
    expect(await codes({ organ: 'breast' })).toEqual(['ORGAN_NOT_COVERED']);
    expect(await codes({ organ: 'breast', dataset: 'auto' })).toEqual(['ORGAN_NOT_COVERED']);
  });

  test('a requested resolution that the header contradicts, and a coarse one', async () => {
    expect(await codes({ mpp: 0.25 })).toEqual(['MPP_CONTRADICTS_HEADER']);
    expect(await codes({ mpp: 1 })).toEqual(['MPP_CONTRADICTS_HEADER', 'MPP_COARSE']);
  });

  test('windows with a nucleus for every query', async () => {
    const full = glass(20, 20);
    plantPixel(full, 3, 3, 0, 20);
    plantPixel(full, 13, 3, 0, 20);
    const few = oracleEngine(card, { queries: 2 });
    expect(await codes({}, new RasterSource(full, 0.5), few)).toEqual(['QUERIES_SATURATED']);
  });
});

describe('reading ahead', () => {
  test('the next batch is read while the model runs, and never more than one', async () => {
    const log: string[] = [];
    const inner = image();
    const source: ImageSource = {
      width: inner.width,
      height: inner.height,
      mpp: inner.mpp,
      read(region, level, signal) {
        log.push('read');
        return inner.read(region, level, signal);
      },
    };
    const slow = oracleEngine(card, {
      async onRun() {
        log.push('run');
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push('ran');
      },
    });
    await detect(source, { dataset: 'consep', batch: 8 }, slow);
    const reads = (n: number) => new Array<string>(n).fill('read');
    // The last one looks for the tissue that densities are over.
    expect(log).toEqual([...reads(8), ...reads(7), 'run', 'ran', 'run', 'ran', 'read']);
  });

  test('a read that fails fails the detection, also while the model runs', async () => {
    const broken = new UniCellError('IMAGE_UNREADABLE', 'The tile is broken.');
    for (const failing of [0, 9]) {
      let reads = 0;
      const inner = image();
      const source: ImageSource = {
        width: inner.width,
        height: inner.height,
        mpp: inner.mpp,
        async read(region, level) {
          if (reads++ === failing) {
            throw broken;
          }
          return inner.read(region, level);
        },
      };
      const slow = oracleEngine(card, {
        onRun: () => new Promise((resolve) => setTimeout(resolve, 5)),
      });
      await expect(detect(source, { dataset: 'consep' }, slow)).rejects.toBe(broken);
    }
  });

  test('when the model fails, no read is left running', async () => {
    let running = 0;
    const inner = image();
    const source: ImageSource = {
      width: inner.width,
      height: inner.height,
      mpp: inner.mpp,
      async read(region, level) {
        running++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return inner.read(region, level);
      },
    };
    const failing = oracleEngine(card, {
      onRun() {
        throw new Error('out of memory');
      },
    });
    await expect(detect(source, { dataset: 'consep' }, failing)).rejects.toThrow('out of memory');
    expect(running).toBe(0);
  });
});

describe('canceling', () => {
  test('before the start, nothing is read and nothing runs', async () => {
    let runs = 0;
    const counting = oracleEngine(card, { onRun: () => void runs++ });
    const options = { dataset: 'consep', signal: AbortSignal.abort() };
    await expect(detect(image(), options, counting)).rejects.toMatchObject({ code: 'CANCELED' });
    expect(runs).toBe(0);
  });

  test('between batches, no further one runs', async () => {
    let runs = 0;
    const abort = new AbortController();
    const counting = oracleEngine(card, { onRun: () => void runs++ });
    const canceled = detect(
      image(),
      {
        dataset: 'consep',
        signal: abort.signal,
        onProgress: (done) => done === 8 && abort.abort('enough'),
      },
      counting,
    );
    await expect(canceled).rejects.toMatchObject({ code: 'CANCELED', cause: 'enough' });
    expect(runs).toBe(2);
  });

  test('during a read, whatever the source throws', async () => {
    const abort = new AbortController();
    const source: ImageSource = {
      width: 100,
      height: 60,
      mpp: 0.5,
      read: (_region, _level, signal) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('socket closed')));
        }),
    };
    setTimeout(() => abort.abort(), 5);
    const options = { dataset: 'consep', signal: abort.signal };
    await expect(detect(source, options, engine)).rejects.toMatchObject({ code: 'CANCELED' });
  });
});
