import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseCard } from '../engine/card.ts';
import type { ApiAdapters } from './adapters.ts';
import { listModels } from './info-routes.ts';

const path = new URL('../../models/compact/card.json', import.meta.url);
const card = parseCard(JSON.parse(readFileSync(path, 'utf8')), 'card.json');

it.each([
  ['fp32', card.scores],
  ['int8', card.quantisation!.int8!.scores],
])('lists the scores and files of the %s variant that answers', async (precision, scores) => {
  const model = { card: async () => card, precision: async () => precision };
  const { models } = await listModels({ tier: 'edge', model } as unknown as ApiAdapters);
  expect(scores!.length).toBeGreaterThan(0);
  expect(models[0]!.scores).toMatchObject(scores!);
  const noted = models[0]!.scores.filter(({ note }) => note !== undefined);
  // Those whose test split is not the published one.
  expect(noted.map(({ dataset, split }) => `${dataset} ${split}`)).toEqual([
    'monusac test',
    'ocelot test',
    'pannuke test',
  ]);
  expect(models[0]!.use!.outOfScope[0]).toMatch(/^diagnosis/);
  expect(models[0]!.sha256.trunk).toBe(card.variants[precision]!.trunk.sha256);
});

it('says of a score that the model knows the pictures', async () => {
  const score = { ...card.scores[0]!, split: 'val' };
  const model = { card: async () => ({ ...card, scores: [score] }), precision: async () => 'fp32' };
  const { models } = await listModels({ tier: 'edge', model } as unknown as ApiAdapters);
  expect(models[0]!.scores[0]!.note).toMatch(/has learned from val/);
});
