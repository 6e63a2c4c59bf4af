import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scoreImages } from '../../shared/scoring/score-images.ts';
import { SCORE_MODES } from '../../shared/scoring/score-mode.ts';
import type { Score } from '../../shared/scoring/score-report.ts';
import { classScoreNotes } from './score-table.ts';

const names = ['Epithelial', 'Stromal'];
/** A nucleus, how it was found, and as what. */
const labelled = fc.array(
  fc.record({
    truth: fc.constantFrom(0, 1),
    found: fc.constantFrom(0, 1, 'missed', 'invented'),
  }),
  { maxLength: 8 },
);
type Labelled = readonly { truth: number; found: number | string }[];

function scored(all: Labelled, mode: (typeof SCORE_MODES)[number]): Score {
  const places = all.map((one, i) => ({ ...one, x: 100 * i, y: 0 }));
  const table = (rows: readonly { x: number; y: number; name: number }[]) => ({
    x: rows.map(({ x }) => x),
    y: rows.map(({ y }) => y),
    class: rows.map(({ name }) => name),
  });
  const truth = places.filter(({ found }) => found !== 'invented');
  const predictions = places.filter(({ found }) => found !== 'missed');
  const pair = {
    id: 'picture',
    truth: table(truth.map(({ x, y, truth: name }) => ({ x, y, name }))),
    predictions: table(
      predictions.map(({ x, y, truth: name, found }) => ({
        ...{ x, y },
        name: typeof found === 'number' ? found : name,
      })),
    ),
    radiusPx: 6,
  };
  return scoreImages([pair], names, { mode });
}

describe('classScoreNotes', () => {
  it('speaks up exactly where F is not the harmonic mean of precision and recall', () => {
    fc.assert(
      fc.property(labelled, fc.constantFrom(...SCORE_MODES), (all, mode) => {
        const score = scored(all, mode);
        const differs = score.classes.some(
          ({ fc: f, precision, recall }) =>
            f !== null &&
            precision !== null &&
            recall !== null &&
            precision + recall > 0 &&
            Math.abs(f - (2 * precision * recall) / (precision + recall)) > 1e-6,
        );
        expect(classScoreNotes(score, mode).length).toBe(differs ? 1 : 0);
      }),
    );
  });

  it('says nothing of greedy, which has no confused pairs', () => {
    const confused = [
      { truth: 0, found: 1 },
      { truth: 0, found: 0 },
      { truth: 1, found: 1 },
    ];
    expect(classScoreNotes(scored(confused, 'greedy'), 'greedy')).toEqual([]);
    expect(classScoreNotes(scored(confused, 'default'), 'default')[0]).toMatch(/twice/);
  });
});
