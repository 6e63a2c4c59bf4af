/**
 * Every variant in the real Worker in workerd: cold start, heap, and a window's time as a client sees it.
 * The Workers take turns, so that what else the machine does slows all of them.
 *
 * @module
 */

import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import sharp from 'sharp';
import { parseCard } from '../../../shared/engine/card.ts';
import { syntheticField } from '../../../src-gpu/demo/synthetic/field.ts';
import { type RunningService, startEdge } from '../../support/start-edge.ts';
import { median, printPart } from '../report.ts';
import { figureName, folder } from './settings.ts';

const ROUNDS = 15;
const COLD_STARTS = 3;

const card = parseCard(JSON.parse(readFileSync(join(folder, 'card.json'), 'utf8')), 'card.json');
const exits = new Map(card.datasets.map(({ id, exit = 'decoder' }) => [exit, id]));
const { raster } = syntheticField({ width: 256, height: 256, mpp: 0.5, seed: 3 });
const raw = { width: 256, height: 256, channels: 3 as const };
const png = new Uint8Array(await sharp(raster.data, { raw }).png().toBuffer());

const variants = Object.keys(card.variants);
const edges = new Map<string, RunningService>();
const times = new Map<string, number[]>();
let asked = 0;

for (let turn = 0; turn < COLD_STARTS; turn++) {
  for (const variant of variants) {
    await edges.get(variant)?.close();
    const edge = await start(variant);
    edges.set(variant, edge);
    await fetch(`${edge.url}/livez`);
    note(`${variant} cold_start_ms`, await ask(edge, card.datasets[0]!.id));
  }
}
for (let round = 0; round < ROUNDS; round++) {
  for (const [variant, edge] of edges) {
    for (const [exit, dataset] of exits)
      note(`${variant} ${exit}_window_ms`, await ask(edge, dataset));
  }
}

const figures: Record<string, number> = {};
for (const [name, values] of times) {
  const [variant, figure] = name.split(' ') as [string, string];
  figures[figureName(variant, figure)] = median(values);
  if (figure !== 'cold_start_ms')
    figures[figureName(variant, `${figure}_min`)] = Math.min(...values);
}
for (const [variant, edge] of edges) {
  const answer = await fetch(`${edge.url}/debug/heap`);
  const { heapBytes } = (await answer.json()) as { heapBytes: number };
  figures[figureName(variant, 'heap_mb')] = heapBytes / 1e6;
  const { trunk, dataset } = card.variants[variant]!;
  figures[figureName(variant, 'file_mb')] = (trunk.bytes + dataset.bytes) / 1e6;
  await edge.close();
}
printPart({ figures });

function start(variant: string): Promise<RunningService> {
  const variables = {
    UNICELL_ENV: 'local',
    MODEL: basename(folder),
    MODEL_PRECISION: variant,
    QUEUE_WAIT_MS: '60000',
  };
  return startEdge({ models: dirname(folder), variables });
}

async function ask({ url }: RunningService, dataset: string): Promise<number> {
  asked += 1;
  const before = performance.now();
  const response = await fetch(`${url}/v1/detect?mpp=0.5&dataset=${dataset}&name=n${asked}`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: png,
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return performance.now() - before;
}

function note(name: string, ms: number): void {
  times.set(name, [...(times.get(name) ?? []), ms]);
}
