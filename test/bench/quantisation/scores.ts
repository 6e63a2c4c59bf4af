/** F_d and F_c of every variant on the val splits: the edge's runtime behind the TypeScript path. */

import { findModel } from '../../../src-gpu/engine/model-store.ts';
import { evaluateDatasets } from '../../support/evaluate-datasets.ts';
import { loadNodeWasmEngine } from '../../support/node-wasm-engine.ts';
import { printPart } from '../report.ts';
import { data, figureName, folder } from './settings.ts';

const { card } = await findModel(folder);
const figures: Record<string, number> = {};
for (const variant of Object.keys(card.variants)) {
  const engine = await loadNodeWasmEngine(folder, variant);
  for await (const { dataset, fd, fc } of evaluateDatasets(engine, data, 'val')) {
    figures[figureName(variant, `${dataset}_val_fd`)] = fd;
    figures[figureName(variant, `${dataset}_val_fc`)] = fc;
  }
  await engine.close();
  console.log(`${variant} scored`);
}
printPart({ figures });
