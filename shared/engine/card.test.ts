import { describe, expect, it } from 'vitest';
import { cardDataset, testCard } from '../../test/support/test-card.ts';
import { modelDatasets } from '../datasets/model-datasets.ts';
import { parseCard } from './card.ts';

describe('calibration of a dataset', () => {
  const calibration = {
    slope: 0.8,
    offset: 1.25,
    eceBefore: 0.178,
    eceAfter: 0.027,
    split: 'val',
  } as const;
  const withCalibration = (own: object | undefined) => ({
    ...testCard(),
    datasets: [
      { ...cardDataset('consep'), ...(own && { calibration: own }) },
      cardDataset('ocelot'),
    ],
  });

  it('is read, and kept with the dataset of the model', () => {
    const card = parseCard(withCalibration(calibration), 'a card');
    expect(card.datasets[0]!.calibration).toEqual(calibration);
    const [consep, ocelot] = modelDatasets(card);
    expect(consep!.calibration).toEqual(calibration);
    expect(ocelot).not.toHaveProperty('calibration');
  });

  it('may be absent', () => {
    expect(parseCard(withCalibration(undefined), 'a card').datasets[0]).not.toHaveProperty(
      'calibration',
    );
  });

  it.each([
    ['a slope that turns scores around', { ...calibration, slope: -1 }, 'slope'],
    ['an error beyond 1', { ...calibration, eceAfter: 1.5 }, 'eceAfter'],
    ['a fit on the test split', { ...calibration, split: 'test' }, 'split'],
    ['a missing offset', { ...calibration, offset: undefined }, 'offset'],
  ])('is refused with %s', (_, own, field) => {
    expect(() => parseCard(withCalibration(own), 'a card')).toThrow(
      expect.objectContaining({
        code: 'CARD_INVALID',
        message: expect.stringContaining(`datasets.0.calibration.${field}`),
      }),
    );
  });
});
