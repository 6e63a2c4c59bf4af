import { checkGraphs, findModel, listModels, type StoredModel } from '../engine/model-store.ts';
import type { Check } from './check.ts';

const fix =
  'Fetch the model files again: with git, `git checkout -- models`; a model of your own, with its card.';

/** Every graph of every installed model against its card, and those of `model` among or beside them. */
export function modelFiles(model: string): Check {
  return {
    id: 'models',
    async run() {
      try {
        const models = await listModels();
        const chosen = await findModel(model);
        if (models.every(({ folder }) => folder !== chosen.folder)) models.push(chosen);
        for (const one of models) await checkAll(one);
        const names = models.map(({ card }) => `${card.id} ${card.version}`).join(', ');
        return { status: 'ok', detail: `The files of ${names} are those of their cards.` };
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        return { status: 'broken', detail, fix };
      }
    },
  };
}

async function checkAll(model: StoredModel): Promise<void> {
  for (const precision of Object.keys(model.card.variants)) await checkGraphs(model, precision);
}
