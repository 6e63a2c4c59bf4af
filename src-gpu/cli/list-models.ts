import { listModels as storedModels } from '../engine/model-store.ts';
import { formatTable } from './table.ts';

/** `unicell models`: the models that are installed, with the scores that their cards state. */
export async function listModels({ json }: { json?: boolean }): Promise<string> {
  const models = await storedModels();
  if (json) {
    const described = models.map(({ folder, card }) => ({ folder, ...card }));
    return JSON.stringify(described, null, 2);
  }
  if (models.length === 0) return 'No model is installed.';
  const parts = models.map(({ card }) => {
    const rows = card.datasets.map((dataset) => {
      const score = card.scores.find((one) => one.dataset === dataset.id && one.split === 'test');
      return [
        dataset.id,
        dataset.classes.join(', '),
        String(dataset.threshold),
        score ? score.fd.toFixed(3) : '',
        score ? score.fc.toFixed(3) : '',
      ];
    });
    return [
      `${card.id} ${card.version}: ${card.description}`,
      `Research use only; licence of the model files: ${card.licence.id}. Native resolution ${card.mpp} um/px.`,
      formatTable(['dataset', 'classes', 'threshold', 'Fd (test)', 'Fc (test)'], rows),
    ].join('\n');
  });
  return parts.join('\n\n');
}
