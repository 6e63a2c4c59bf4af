import { describe, expect, test } from 'vitest';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import { image, options, planOf, slide, triangle } from '../../test/support/chunked-slide.ts';
import { crowdedImage } from '../../test/support/crowded-image.ts';
import { rasterSlide } from '../../test/support/raster-slide.ts';
import { testCard } from '../../test/support/test-card.ts';
import type { Slide } from '../slides/slide.ts';
import { parsePlan } from './job-plan.ts';
import type { PlanRequest } from './plan-job.ts';

describe('a plan', () => {
  test('has a hash that names everything that matters and nothing else', async () => {
    const hash = async (changes: Partial<PlanRequest>, of: Slide = slide) =>
      (await planOf(changes, of)).planHash;
    const first = await hash({});
    expect(await hash({})).toBe(first);
    expect(await hash({}, rasterSlide(image, 0.4))).toBe(first);
    const others = await Promise.all([
      hash({ options: { ...options, threshold: 0.7 } }),
      hash({ options: { ...options, classes: ['epithelial'] } }),
      hash({ options: { ...options, regions: [triangle] } }),
      hash({ options: { ...options, dataset: ['ocelot', 'consep'] } }),
      hash({ options: { ...options, mpp: 0.41 } }),
      hash({ chunkPx: 90 }),
      hash({ tissue: { covers: ({ x }) => x < 60, fraction: 0.25, fractionIn: () => 0.1 } }),
      hash({ card: testCard({ version: '2' }) }),
      hash({}, rasterSlide(crowdedImage(300, 260, 40, 2), 0.4)),
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
    const mppless = rasterSlide(image);
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
