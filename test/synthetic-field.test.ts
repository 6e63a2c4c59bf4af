/** The whole path on tissue that the project draws: a smoke test, never a figure of accuracy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detect } from '../shared/detect/detect.ts';
import type { Engine } from '../shared/engine/engine.ts';
import { RasterSource } from '../shared/image/raster-source.ts';
import { UNKNOWN_CLASS } from '../shared/scoring/labelled-points.ts';
import { scoreImages } from '../shared/scoring/score-images.ts';
import { syntheticField } from '../src-gpu/demo/synthetic/field.ts';
import { loadNativeEngine } from '../src-gpu/engine/native-engine.ts';

const MPP = 0.5;

describe('the shipped model on a synthetic field', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadNativeEngine('compact');
  });
  afterAll(() => engine.close());

  it('finds the nuclei under every dataset', { timeout: 300_000 }, async () => {
    const { raster, nuclei } = syntheticField({ width: 768, height: 640, mpp: MPP, seed: 3 });
    const truthOf = (dataset: string) => {
      // MoNuSAC labels neither stroma nor vessels: to its head their nuclei are background.
      const unlabelled = dataset === 'monusac' ? ['stromal', 'endothelial'] : [];
      const labelled = nuclei.filter(({ kind }) => !unlabelled.includes(kind));
      return {
        x: labelled.map(({ x }) => x),
        y: labelled.map(({ y }) => y),
        class: labelled.map(() => UNKNOWN_CLASS),
      };
    };
    const source = new RasterSource(raster, MPP);
    const { results } = await detect(source, { dataset: 'all' }, engine);
    expect(results.map((result) => result.dataset.id)).toEqual(
      engine.card.datasets.map((dataset) => dataset.id),
    );
    for (const { dataset, nuclei: predictions } of results) {
      const names = dataset.classes.map((one) => one.name);
      const truth = truthOf(dataset.id);
      const image = { id: 'field', truth, predictions, radiusPx: dataset.matchRadiusUm / MPP };
      // It still finds some of them, which then count as invented.
      const least = dataset.id === 'monusac' ? 0.75 : 0.8;
      expect(scoreImages([image], names).fd, dataset.id).toBeGreaterThanOrEqual(least);
    }
  });
});
