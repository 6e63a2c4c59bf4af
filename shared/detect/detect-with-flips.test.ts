import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { glass, oracleEngine, plantPixel, seePixels } from '../../test/support/oracle-engine.ts';
import { testCard } from '../../test/support/test-card.ts';
import { FLIPS, FlippedSource } from '../image/flipped-source.ts';
import { RasterSource } from '../image/raster-source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { detect } from './detect.ts';
import { detectWithFlips } from './detect-with-flips.ts';

const card = testCard();
const options = { dataset: 'consep' } as const;
const [width, height] = [90, 70];

/** Nuclei 6 pixels apart, each with a score of its own. */
const images = fc
  .uniqueArray(fc.tuple(fc.nat(14), fc.nat(10), fc.nat(2)), {
    maxLength: 40,
    selector: ([column, row]) => `${column} ${row}`,
  })
  .map((spots) => {
    const image = glass(width, height);
    for (const [i, [column, row, k]] of spots.entries()) {
      plantPixel(image, 6 * column, 6 * row, k, 2 + i);
    }
    return new RasterSource(image, 0.5);
  });

/** Sees every nucleus a little to the right and below, and doubts those in odd columns of its window. */
const crooked = oracleEngine(card, {
  see: (window) =>
    seePixels(window).map((one) => ({
      ...one,
      x: one.x + 0.25,
      y: one.y + 0.125,
      logit: one.logit - (Math.floor(one.x) % 2),
    })),
});

const rowsOf = ({ x, y, class: classes, score }: Nuclei) =>
  Array.from(x, (_, i) => [x[i]!, y[i]!, classes[i]!, score[i]!]);
const nucleiOf = async (found: ReturnType<typeof detect>) => (await found).results[0]!.nuclei;

describe('detectWithFlips', () => {
  test('finds what one look finds, where mirrors do not matter to the model', async () => {
    await fc.assert(
      fc.asyncProperty(images, async (source) => {
        const engine = oracleEngine(card);
        const once = rowsOf(await nucleiOf(detect(source, options, engine)));
        const four = rowsOf(await nucleiOf(detectWithFlips(source, options, engine)));
        expect(four.map((row) => row.slice(0, 3))).toEqual(once.map((row) => row.slice(0, 3)));
        for (const [i, row] of four.entries()) expect(row[3]).toBeCloseTo(once[i]![3]!, 5);
      }),
      { numRuns: 20 },
    );
  });

  test('finds in a mirrored picture the mirrored nuclei, whatever the model', async () => {
    await fc.assert(
      fc.asyncProperty(images, fc.constantFrom(...FLIPS), async (source, flip) => {
        const plain = rowsOf(await nucleiOf(detectWithFlips(source, options, crooked)));
        const mirrored = new FlippedSource(source, flip);
        const found = rowsOf(await nucleiOf(detectWithFlips(mirrored, options, crooked)));
        expect(found).toHaveLength(plain.length);
        for (const [x, y, k, score] of plain) {
          const expected = [flip.x ? width - x! : x!, flip.y ? height - y! : y!, k!, score!];
          // All lie pixels apart, so the one that is here is the one that is meant.
          const isHere = (row: number[]) =>
            Math.hypot(row[0]! - expected[0]!, row[1]! - expected[1]!) < 1;
          const row = found.find(isHere);
          expect(row).toBeDefined();
          for (const [at, value] of row!.entries()) expect(value).toBeCloseTo(expected[at]!, 3);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('keeps thresholds, counts windows and progress of all views, and refuses what detect does', async () => {
    const image = glass(width, height);
    plantPixel(image, 20, 20, 0, 2);
    const source = new RasterSource(image, 0.5);
    const steps: string[] = [];
    const onProgress = (done: number, total: number) => steps.push(`${done}/${total}`);
    const found = await detectWithFlips(source, { ...options, onProgress }, oracleEngine(card));
    const once = await detect(source, options, oracleEngine(card));
    expect(found.windows).toBe(4 * once.windows);
    expect(steps.at(-1)).toBe(`${found.windows}/${found.windows}`);
    expect(found.results[0]).toMatchObject({ threshold: 0.5, nuclei: { length: 1 } });
    const strict = await detectWithFlips(
      source,
      { ...options, threshold: 0.6 },
      oracleEngine(card),
    );
    expect(strict.results[0]).toMatchObject({ threshold: 0.6, nuclei: { length: 0 } });
    await expect(
      detectWithFlips(source, { ...options, threshold: 2 }, oracleEngine(card)),
    ).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
  });
});
