/**
 * `npm run parity`: fp32 on ONNX Runtime's native CPU provider against int8 on its WebAssembly build, over
 * the same images. Ends with status 1 where F_d or F_c differ by more than 0.01. The test splits make
 * `parity.json`; `--split val` is for choosing. `--update-card` writes what int8 reaches on the split into the
 * model's card. The labelled images lie in `--data`, `UNICELL_DATA` or `../shared/data`.
 *
 * @module
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findModel } from '../../src-gpu/engine/model-store.ts';
import { loadNativeEngine } from '../../src-gpu/engine/native-engine.ts';
import { type EvaluatedDataset, evaluateDatasets } from '../support/evaluate-datasets.ts';
import { loadNodeWasmEngine } from '../support/node-wasm-engine.ts';
import { data } from './quantisation/settings.ts';
import { writeReport } from './report.ts';

const ALLOWED = 0.01;
const PRECISION = 'int8';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'compact' },
    data: { type: 'string', default: data },
    split: { type: 'string', default: 'test' },
    'update-card': { type: 'boolean', default: false },
  },
});
const { folder, card } = await findModel(values.model);
const native = await evaluateAll(await loadNativeEngine(values.model));
const edge = await evaluateAll(await loadNodeWasmEngine(values.model, PRECISION));
if (native.length === 0) {
  console.error(`Nothing was compared: ${values.data} holds no data set of ${card.id}.`);
  process.exit(1);
}

const figures: Record<string, number> = {};
for (const [index, { dataset, fd, fc }] of native.entries()) {
  const other = edge[index]!;
  const name = dataset.replaceAll('-', '_');
  figures[`${name}_delta_fd`] = Math.abs(other.fd - fd);
  figures[`${name}_delta_fc`] = Math.abs(other.fc - fc);
  console.log(
    `${dataset} (${values.split}): Fd ${fd.toFixed(4)} -> ${other.fd.toFixed(4)}, ` +
      `Fc ${fc.toFixed(4)} -> ${other.fc.toFixed(4)}`,
  );
}
if (values.split === 'test') {
  const goals = Object.fromEntries(Object.keys(figures).map((name) => [name, ALLOWED]));
  const versions = { model: `${card.id} ${card.version}` };
  writeReport('parity', [{ figures, versions }], goals);
}
if (values['update-card']) updateCard();
const missed = Object.entries(figures).filter(([, difference]) => difference > ALLOWED);
if (missed.length > 0) {
  console.error(`Beyond ${ALLOWED}: ${missed.map(([name]) => name).join(', ')}.`);
  process.exitCode = 1;
}

async function evaluateAll(
  engine: Awaited<ReturnType<typeof loadNativeEngine>>,
): Promise<EvaluatedDataset[]> {
  const results: EvaluatedDataset[] = [];
  for await (const one of evaluateDatasets(engine, values.data, values.split)) results.push(one);
  await engine.close();
  return results;
}

/** The scores of the quantised variant, beside its files. */
function updateCard(): void {
  const path = join(folder, 'card.json');
  const content = JSON.parse(readFileSync(path, 'utf8')) as {
    quantisation: Record<string, { scores?: { split: string }[] }>;
  };
  const quantised = content.quantisation[PRECISION]!;
  const others = (quantised.scores ?? []).filter(({ split }) => split !== values.split);
  const measured = edge.map(({ dataset, images, fd, fc }) => ({
    dataset,
    split: values.split,
    fd: Number(fd.toFixed(6)),
    fc: Number(fc.toFixed(6)),
    images,
    command: `npm run parity -- --split ${values.split} --update-card`,
  }));
  quantised.scores = [...others, ...measured];
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}
