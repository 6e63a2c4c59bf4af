import { describe, expect, it } from 'vitest';
import { cardDataset, testCard } from '../../test/support/test-card.ts';
import { describeModel } from './list-models.ts';

const fit = { slope: 0.8, offset: 1.2, eceBefore: 0.234, eceAfter: 0.019, split: 'val' } as const;
const score = { dataset: 'ocelot', split: 'test', fd: 0.8, fc: 0.6, images: 54, command: 'none' };

describe('describeModel', () => {
  it('says which scores are calibrated, and how well', () => {
    const calibrated = cardDataset('ocelot', { calibration: fit, threshold: 0.37 });
    const card = testCard({ datasets: [cardDataset('consep'), calibrated], scores: [score] });
    const text = describeModel(card);
    expect(text).toMatch(/Fc \(test\) +calibration error \(val\)$/m);
    expect(text).toMatch(/^ocelot .* 0\.37 +0\.800 +0\.600 +0\.019$/m);
    expect(text).toMatch(/^Scores under ocelot are calibrated on val: .* about 7 in 10/m);
    expect(text).toMatch(/^OCELOT: the test split scored here \(pictures: 54\)/m);
    const all = describeModel(testCard({ datasets: [calibrated] }));
    expect(all).toMatch(/^Scores are calibrated on val/m);
  });

  it('says nothing of it where no card does', () => {
    expect(describeModel(testCard())).not.toMatch(/calibrat/);
  });
});
