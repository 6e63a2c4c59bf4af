/** The shipped model in workerd beside that of the last release: the same requests, in turns. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningService, startEdge } from '../../support/start-edge.ts';
import { RELEASED, writeReleasedModel } from '../released-model.ts';
import { median, printPart } from '../report.ts';
import { ask, field, png } from './requests.ts';

const MODEL = 'compact';
const WINDOW_RUNS = 25;
const COLD_STARTS = 3;
const DATASETS = ['consep', 'ocelot', 'brca-m2c', 'crchisto'];

const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
const [now, before] = [join(folder, 'now'), join(folder, 'before')];
cpSync(fileURLToPath(new URL(`../../../models/${MODEL}`, import.meta.url)), join(now, MODEL), {
  recursive: true,
});
writeReleasedModel(before, MODEL);
const window = await png(field(256));

try {
  const cold: [number, number][] = [];
  const warm: [number, number][] = [];
  for (let i = 0; i < COLD_STARTS; i++) cold.push([await coldStart(now), await coldStart(before)]);
  const [one, other] = [await start(now), await start(before)];
  for (const dataset of DATASETS) {
    for (const edge of [one, other]) await ask(edge, window, dataset);
    for (let i = 0; i < WINDOW_RUNS; i++) {
      warm.push([await ask(one, window, dataset), await ask(other, window, dataset)]);
    }
  }
  await Promise.all([one.close(), other.close()]);
  const ratio = (pairs: readonly [number, number][]) => median(pairs.map(([a, b]) => a / b));
  printPart({
    figures: { window_vs_released: ratio(warm), cold_start_vs_released: ratio(cold) },
    versions: { released: `${MODEL} ${RELEASED.version}` },
  });
} finally {
  rmSync(folder, { recursive: true });
}

function start(models: string): Promise<RunningService> {
  return startEdge({ models, variables: { UNICELL_ENV: 'local', QUEUE_WAIT_MS: '60000' } });
}

async function coldStart(models: string): Promise<number> {
  const edge = await start(models);
  await fetch(`${edge.url}/livez`);
  const ms = await ask(edge, window);
  await edge.close();
  return ms;
}
