/** Model cards for tests: valid, small, and changed field by field. */
import { datasets } from '../../shared/datasets/registry.ts';
import { type CardDataset, type ModelCard, parseCard } from '../../shared/engine/card.ts';

const file = { path: 'part.onnx', sha256: '0'.repeat(64), bytes: 1 };

/** The card's entry for a dataset of the registry. */
export function cardDataset(id: string, changes: Partial<CardDataset> = {}): CardDataset {
  const dataset = datasets.get(id);
  return {
    id,
    name: dataset.name,
    classes: dataset.classes.map((c) => c.name),
    threshold: 0.5,
    suppressionRadiusUm: 1.5,
    matchRadiusUm: 3,
    ...changes,
  };
}

/** A valid card of a model for 32 x 32 windows at 0.5 um per pixel. */
export function testCard(changes: Partial<ModelCard> = {}): ModelCard {
  const card: ModelCard = {
    schema: 1,
    id: 'test-model',
    version: '1.0.0',
    description: 'A card for tests.',
    researchUseOnly: true,
    licence: { id: 'none', file: 'LICENSE' },
    mpp: 0.5,
    window: { width: 32, height: 32, haloPx: 6 },
    normalisation: { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
    queries: 64,
    variants: { fp32: { trunk: file, dataset: file } },
    datasets: [cardDataset('consep'), cardDataset('ocelot')],
    scores: [],
    training: { data: [], command: 'none' },
    ...changes,
  };
  return parseCard(card, 'the test card');
}
