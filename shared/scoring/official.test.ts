/**
 * The official mode against numbers of the official code: `metric.json` of the reference material, which
 * is not part of the repository.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LabelledPoints } from './labelled-points.ts';
import { scoreImages } from './score-images.ts';

interface Reference {
  readonly images: readonly {
    readonly dataset: string;
    readonly image: string;
    readonly gt_centroids: readonly (readonly [number, number])[];
    readonly gt_types: readonly number[];
    readonly patches: readonly {
      readonly file: string;
      readonly centroids: readonly (readonly [number, number])[];
      readonly scores: readonly number[];
      readonly labels: readonly number[];
    }[];
  }[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly classes: readonly string[];
}

const file = new URL('../../../shared/reference/metric.json', import.meta.url);
const there = existsSync(file);
if (!there)
  console.warn('Skipped: the official evaluation numbers (../shared/reference/metric.json)');

type Patches = Reference['images'][number]['patches'];

/** Predictions of the tiles with a score above 0.5, moved to where their tile lies. */
function officialPredictions(patches: Patches): LabelledPoints {
  const kept = patches.flatMap(({ file, centroids, scores, labels }) => {
    const [, x0, y0] = /_(\d+)_(\d+)_\d+_\d+\.jpg$/.exec(file)!.map(Number);
    return centroids
      .map(([x, y], i) => ({ x: x + x0!, y: y + y0!, class: labels[i]!, score: scores[i]! }))
      .filter(({ score }) => score > 0.5);
  });
  return {
    x: kept.map(({ x }) => x),
    y: kept.map(({ y }) => y),
    class: kept.map((one) => one.class),
  };
}

describe.skipIf(!there)('the official mode', () => {
  const { images, metrics, classes } = there
    ? (JSON.parse(readFileSync(file, 'utf8')) as Reference)
    : { images: [], metrics: {}, classes: [] };
  const datasets = ['CoNSeP', 'MoNuSAC', 'OCELOT', 'Lizard'];
  const reports = datasets.map((dataset) => {
    const names = classes.filter((name) => name.startsWith(`${dataset}_`));
    const scored = images
      .filter((image) => image.dataset === dataset)
      .map(({ image, gt_centroids, gt_types, patches }) => ({
        id: image,
        truth: {
          x: gt_centroids.map(([x]) => x),
          y: gt_centroids.map(([, y]) => y),
          class: gt_types.map((type) => type - 1),
        },
        predictions: officialPredictions(patches),
        radiusPx: dataset === 'OCELOT' ? 15 : 6,
      }));
    return scoreImages(scored, names, { mode: 'official' });
  });

  it('gives the official numbers to the last digit', () => {
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const ours: Record<string, number | null> = {
      Overall_F1d: mean(reports.map(({ fd }) => fd!)),
      Overall_F1c: mean(reports.map(({ fc }) => fc!)),
    };
    reports.forEach((report, d) => {
      ours[`F1d_${datasets[d]}`] = report.fd;
      ours[`F1c_Avg_${datasets[d]}`] = report.fc;
      for (const { name, fc } of report.classes) ours[`F1_Type_${name}`] = fc;
    });
    expect(ours).toEqual(metrics);
  });
});

const EMPTY: LabelledPoints = { x: [], y: [], class: [] };

describe('the quirks of the official mode', () => {
  it('differs from the default by the dummy points of the two empty sides', () => {
    const images = [
      {
        id: 'no predictions',
        truth: { x: [9], y: [9], class: [0] },
        predictions: EMPTY,
        radiusPx: 6,
      },
      { id: 'no truth', truth: EMPTY, predictions: { x: [9], y: [9], class: [0] }, radiusPx: 6 },
    ];
    expect(scoreImages(images, ['a'])).toMatchObject({ tp: 0, fp: 1, fn: 1 });
    expect(scoreImages(images, ['a'], { mode: 'official' })).toMatchObject({ tp: 0, fp: 2, fn: 2 });
  });

  const official = (truth: LabelledPoints, predictions: LabelledPoints) =>
    scoreImages([{ id: 'a', truth, predictions, radiusPx: 6 }], ['a', 'b'], { mode: 'official' });

  it('finds a nucleus in a picture without any and without predictions', () => {
    expect(official(EMPTY, EMPTY)).toMatchObject({ tp: 1, fp: 0, fn: 0, fd: 1, fc: null });
  });

  it('pairs a prediction near the corner with the dummy, and calls it confused', () => {
    const report = official(EMPTY, { x: [3], y: [4], class: [1] });
    expect(report).toMatchObject({ tp: 1, fp: 0, fn: 0 });
    expect(report.classes[1]).toMatchObject({ fp: 1, unpairedPredictions: 0 });
  });

  it('has no score for a class without truth, though it was predicted', () => {
    const truth = { x: [50], y: [50], class: [0] };
    const predictions = { x: [50, 90], y: [50, 90], class: [0, 1] };
    expect(official(truth, predictions)).toMatchObject({
      fc: 1,
      classes: [{ fc: 1 }, { fc: null }],
    });
    const images = [{ id: 'a', truth, predictions, radiusPx: 6 }];
    expect(scoreImages(images, ['a', 'b'])).toMatchObject({
      fc: 0.5,
      classes: [{ fc: 1 }, { fc: 0 }],
    });
  });
});
