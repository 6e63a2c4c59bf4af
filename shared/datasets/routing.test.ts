import { describe, expect, test } from 'vitest';
import { cardDataset, testCard } from '../../test/support/test-card.ts';
import { modelDatasets } from './model-datasets.ts';
import { routeDatasets } from './routing.ts';

const six = testCard({
  datasets: ['consep', 'monusac', 'ocelot', 'lizard', 'brca-m2c', 'crchisto'].map((id) =>
    cardDataset(id),
  ),
});
const chosen = (request: string | string[], card = six, hint?: string) =>
  routeDatasets(request, card, hint).map((r) => r.dataset.id);

describe('routing', () => {
  test('one id, in any case', () => {
    expect(chosen('Lizard')).toEqual(['lizard']);
    expect(routeDatasets('lizard', six)[0]!.reason).toBe('The request named lizard.');
  });

  test('several, in the order asked for, each once', () => {
    expect(chosen(['ocelot', 'consep', 'ocelot'])).toEqual(['ocelot', 'consep']);
    expect(chosen('ocelot, consep')).toEqual(['ocelot', 'consep']);
  });

  test('all, in card order', () => {
    expect(chosen('all', testCard())).toEqual(['consep', 'ocelot']);
  });

  test.each([
    ['colon', 'consep'],
    ['Colorectal', 'consep'],
    ['large_intestine', 'consep'],
    ['breast', 'brca-m2c'],
    ['renal', 'monusac'],
    ['head-and-neck', 'ocelot'],
    ['LUAD', 'monusac'],
  ])('auto with the hint "%s" is %s, made from that organ and fewest others', (hint, id) => {
    const [route] = routeDatasets('auto', six, hint);
    expect(route!.dataset.id).toBe(id);
    expect(route!.coversHint).toBe(true);
  });

  test('auto says what else was possible', () => {
    expect(routeDatasets('auto', six, 'colon')[0]!.reason).toBe(
      'The hint says colon, and consep was made from colon (also possible: lizard, crchisto).',
    );
  });

  const withHeads = (...ids: string[]) => testCard({ datasets: ids.map((id) => cardDataset(id)) });
  const shipped = withHeads('consep', 'ocelot', 'brca-m2c', 'crchisto');
  const full = withHeads('consep', 'ocelot', 'brca-m2c', 'monusac', 'pannuke', 'nuclei');

  test('auto without a hint counts, and calls nothing a tumour', () => {
    const [plain] = routeDatasets('auto', full);
    expect(plain).toMatchObject({ dataset: { id: 'nuclei' }, coversHint: undefined });
    expect(plain!.reason).toBe(
      'There was no hint of an organ, so nuclei was chosen, the one made from the most organs ' +
        '(28 organs) of those that call nothing a tumour. It names no nuclei; for classes, say the ' +
        'organ or ask for consep, ocelot, brca-m2c, monusac, pannuke.',
    );
    expect(routeDatasets('auto', full, ' ')[0]!.coversHint).toBeUndefined();
  });

  test('auto without a hint, of models that have no head for counting', () => {
    expect(chosen('auto', shipped)).toEqual(['consep']);
    expect(chosen('auto', six)).toEqual(['monusac']);
    const [tumours] = routeDatasets('auto', withHeads('brca-m2c', 'ocelot', 'pannuke'));
    expect(tumours!.dataset.id).toBe('pannuke');
    expect(tumours!.reason).toMatch(/pannuke was chosen, the one made from the most organs \(19/);
  });

  test('auto takes what nobody knows the classes of last', () => {
    const unknown = { ...cardDataset('consep'), id: 'house', organs: ['skin', 'lung', 'liver'] };
    const card = testCard({ datasets: [unknown, cardDataset('consep')] });
    expect(chosen('auto', card)).toEqual(['consep']);
    expect(chosen('auto', testCard({ datasets: [unknown, cardDataset('brca-m2c')] }))).toEqual([
      'house',
    ]);
  });

  test.each([
    ['colon', 'consep'],
    ['prostate', 'monusac'],
    ['melanoma', 'pannuke'],
    ['Oesophageal', 'pannuke'],
    ['Bile-duct', 'pannuke'],
    ['cerebral', 'nuclei'],
  ])('auto with the hint "%s" is %s where there are heads for more organs', (hint, id) => {
    expect(chosen('auto', full, hint)).toEqual([id]);
  });

  test('auto with an organ that nobody has says so, and counts', () => {
    const [eye] = routeDatasets('auto', full, 'eye');
    expect(eye).toMatchObject({ dataset: { id: 'nuclei' }, coversHint: false });
    expect(eye!.reason).toContain('No dataset of test-model was made from eye, so nuclei');
  });

  test('a hint beside a named dataset tells whether it covers the organ', () => {
    expect(routeDatasets('consep', six, 'breast')[0]!.coversHint).toBe(false);
    expect(routeDatasets('consep', six, 'colon')[0]!.coversHint).toBe(true);
  });

  test('a dataset without a head in the model is an error that lists those it has', () => {
    expect(() => routeDatasets(['consep', 'lizard'], testCard())).toThrow(
      expect.objectContaining({
        code: 'DATASET_NOT_IN_MODEL',
        message: expect.stringContaining('no head for "lizard"; it has consep, ocelot'),
      }),
    );
  });

  test('an unknown dataset is an error with a suggestion', () => {
    expect(() => routeDatasets('lizzard', testCard())).toThrow(
      expect.objectContaining({
        code: 'DATASET_UNKNOWN',
        message: expect.stringContaining('Did you mean "lizard"?'),
      }),
    );
  });

  test.each([[''], [' , '], ['all,consep'], ['auto,all']])('"%s" is refused', (request) => {
    expect(() => routeDatasets(request, six)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTIONS' }),
    );
    expect(() => routeDatasets([], six)).toThrow(/No dataset was asked for/);
  });
});

describe('datasets of a model', () => {
  const own = {
    ...cardDataset('consep'),
    id: 'house-set',
    name: 'House set',
    classes: ['Mitosis', 'Other'],
    organs: ['skin'],
  };

  test('the card decides on thresholds and radii', () => {
    const card = testCard({
      datasets: [
        cardDataset('consep', { threshold: 0.31, suppressionRadiusUm: 2, matchRadiusUm: 4 }),
      ],
    });
    expect(modelDatasets(card)[0]).toMatchObject({
      name: 'CoNSeP',
      threshold: 0.31,
      suppressionRadiusUm: 2,
      matchRadiusUm: 4,
    });
  });

  test('a card may bring a dataset of its own, with or without colours', () => {
    const card = testCard({ datasets: [own] });
    expect(chosen('house-set', card)).toEqual(['house-set']);
    expect(chosen('auto', card, 'Skin')).toEqual(['house-set']);
    const [plain] = modelDatasets(card);
    expect(plain!.classes.map((c) => c.name)).toEqual(['Mitosis', 'Other']);
    expect(new Set(plain!.classes.map((c) => c.colour)).size).toBe(2);
    const coloured = testCard({ datasets: [{ ...own, colours: ['#112233', '#445566'] }] });
    expect(modelDatasets(coloured)[0]!.classes[1]!.colour).toBe('#445566');
  });

  test('classes in the spelling of the registry or of a file are the same', () => {
    const classes = ['inflammatory', 'epithelial', 'stromal'];
    const card = testCard({ datasets: [cardDataset('consep', { classes })] });
    expect(modelDatasets(card)[0]!.classes[2]!.name).toBe('Spindle-shaped');
  });

  test.each([
    ['another order', [cardDataset('ocelot', { classes: ['Tumor_Cell', 'Background_Cell'] })]],
    ['one class fewer', [cardDataset('ocelot', { classes: ['Background_Cell'] })]],
    ['another class', [cardDataset('ocelot', { classes: ['Background_Cell', 'Mitosis'] })]],
    ['a dataset twice', [cardDataset('ocelot'), cardDataset('ocelot')]],
    ['a class twice', [{ ...own, classes: ['Mitosis', 'mitosis'] }]],
    ['too few colours', [{ ...own, colours: ['#000000'] }]],
  ])('%s does not fit', (_, datasets) => {
    expect(() => modelDatasets(testCard({ datasets }))).toThrow(
      expect.objectContaining({ code: 'CARD_MISMATCH' }),
    );
  });
});
