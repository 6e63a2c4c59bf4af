import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tissueMask } from '../../shared/tissue/tissue-mask.ts';
import { image, options, planOf, slide, triangle } from '../../test/support/chunked-slide.ts';
import { rasterSlide } from '../../test/support/raster-slide.ts';
import { examinedAreaMm2 } from './examined-area.ts';
import type { JobPlan } from './job-plan.ts';
import { chunkRectangle } from './plan-layout.ts';

/** The slide with glass on its left half. */
const half = {
  ...image,
  data: image.data.map((value, i) => (Math.floor(i / 3) % image.width < 150 ? 244 : value)),
};
const halfSlide = rasterSlide(half, 4);
const tissue = await tissueMask(halfSlide);
const tall = { ...options, mpp: 4 };
const corner = {
  type: 'Polygon' as const,
  coordinates: [
    [
      [180, 20],
      [400, 20],
      [400, 200],
      [180, 20],
    ] as [number, number][],
  ],
};

const plans: [string, JobPlan][] = [
  ['the whole slide', await planOf()],
  ['the tissue', await planOf({ tissue, options: tall, chunkPx: 400 }, halfSlide)],
  [
    'the tissue, glass run too',
    await planOf({ tissue, hasGlass: true, options: tall, chunkPx: 400 }, halfSlide),
  ],
  ['regions', await planOf({ options: { ...options, regions: [triangle, corner] } })],
];

test.each(plans)('what is examined and what is not make up the area: %s', (_, plan) => {
  const indices = plan.chunks.map(({ index }) => index);
  expect(indices.length).toBeGreaterThan(3);
  expect(examinedAreaMm2(plan, [])).toBe(plan.areaMm2);
  expect(examinedAreaMm2(plan, indices)).toBe(0);
  fc.assert(
    fc.property(
      fc.subarray(indices, { minLength: 1, maxLength: indices.length - 1 }),
      (missing) => {
        const others = indices.filter((index) => !missing.includes(index));
        const both = examinedAreaMm2(plan, missing) + examinedAreaMm2(plan, others);
        // What `regionsArea` is exact to.
        expect(Math.abs(both / plan.areaMm2 - 1)).toBeLessThan(2e-3);
      },
    ),
    { numRuns: 20 },
  );
});

test('glass that was not read takes nothing away, tissue does', async () => {
  const [, plan] = plans[2]!;
  const isLeft = ({ index }: { index: number }) => {
    const { x, width } = chunkRectangle(plan, index);
    // The mask has a margin of 32 um, 8 pixels.
    return x + width < 140;
  };
  const left = plan.chunks.filter(isLeft).map(({ index }) => index);
  const right = plan.chunks.filter((task) => !isLeft(task)).map(({ index }) => index);
  expect(left.length).toBeGreaterThan(0);
  expect(examinedAreaMm2(plan, left)).toBeCloseTo(plan.areaMm2, 12);
  // Whatever chunks are left, they are glass.
  expect(examinedAreaMm2(plan, right)).toBe(0);
});

test('one chunk of the whole slide takes away its rectangle', async () => {
  const plan = await planOf({}, slide);
  const { index } = plan.chunks[0]!;
  const { width, height } = chunkRectangle(plan, index);
  const lost = plan.areaMm2 - examinedAreaMm2(plan, [index]);
  expect(lost / ((width * height * 0.4 ** 2) / 1e6)).toBeCloseTo(1, 1);
});
