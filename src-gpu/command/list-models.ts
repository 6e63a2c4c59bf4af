import { modelDatasets } from '../../shared/datasets/model-datasets.ts';
import { scoreNotes } from '../../shared/datasets/score-notes.ts';
import type { ModelCard } from '../../shared/engine/card.ts';
import { listModels as storedModels } from '../engine/model-store.ts';
import { formatTable } from '../terminal/table.ts';

/** `unicell models`: the models that are installed, with the scores that their cards state. */
export async function listModels({ json }: { json?: boolean }): Promise<string> {
  const models = await storedModels();
  if (json) {
    const described = models.map(({ folder, card }) => {
      return { folder, ...card, notes: splitNotes(card) };
    });
    return JSON.stringify(described, null, 2);
  }
  if (models.length === 0) return 'No model is installed.';
  return models.map(({ card }) => describeModel(card)).join('\n\n');
}

/** A model for people: what it is for, its label sets with their scores, its variants. */
export function describeModel(card: ModelCard): string {
  const isCalibrated = card.datasets.some(({ calibration }) => calibration !== undefined);
  const rows = card.datasets.map(({ id, classes, threshold, calibration }) => {
    const score = card.scores.find((one) => one.dataset === id && one.split === 'test');
    return [
      id,
      classes.join(', '),
      String(threshold),
      score ? score.fd.toFixed(3) : '',
      score ? score.fc.toFixed(3) : '',
      ...(isCalibrated ? [calibration ? calibration.eceAfter.toFixed(3) : ''] : []),
    ];
  });
  const header = ['dataset', 'classes', 'threshold', 'Fd (test)', 'Fc (test)'];
  // A model that is not final has scores on val alone, one that has learned from val none there.
  const split = card.scores.some((one) => one.split === 'test') ? 'test' : 'val';
  return [
    `${card.id} ${card.version}: ${card.description}`,
    `Research use only; licence of the model files: ${card.licence.id}. Native resolution ${card.mpp} um/px.`,
    ...costLines(card),
    ...useLines(card),
    formatTable([...header, ...(isCalibrated ? ['calibration error (val)'] : [])], rows),
    ...calibrationLines(card),
    ...splitNotes(card),
    formatTable(
      ['precision', 'MB', `Fd (${split}, mean)`, `Fc (${split}, mean)`, 'how'],
      variantRows(card, split),
    ),
  ].join('\n');
}

/** What a score is worth, where the card says it. */
function calibrationLines({ datasets }: ModelCard): string[] {
  const ids = datasets.filter(({ calibration }) => calibration !== undefined).map(({ id }) => id);
  if (ids.length === 0) return [];
  const whose = ids.length === datasets.length ? 'Scores' : `Scores under ${ids.join(', ')}`;
  return [
    `${whose} are calibrated on val: of predictions with a score of 0.7 about 7 in 10 are nuclei, within the calibration error.`,
  ];
}

/** Where scores are not of the published pictures, or of pictures that the model knows. */
function splitNotes(card: ModelCard): string[] {
  const known = modelDatasets(card);
  return card.scores.flatMap(({ dataset: id, split, images }) => {
    const dataset = known.find((one) => one.id === id);
    return dataset ? scoreNotes(card, dataset, split, images) : [];
  });
}

/** How large the model is. */
function costLines({ cost, window: { width, height } }: ModelCard): string[] {
  if (!cost) return [];
  const millions = (cost.parameters / 1e6).toFixed(1);
  return [
    `${millions} million parameters, ${cost.gmacPerWindow} GMAC per window of ${width} x ${height} px.`,
  ];
}

/** What the model is for, and what it is not for. */
function useLines({ use }: ModelCard): string[] {
  if (!use) return [];
  return [`For ${use.intended.join('; ')}.`, `Not for ${use.outOfScope.join('; ')}.`];
}

/** One line per precision: its size, and the mean over the datasets of what it reaches on a split. */
function variantRows({ variants, quantisation, scores }: ModelCard, wanted: string): string[][] {
  return Object.entries(variants).map(([precision, { trunk, dataset }]) => {
    const files = [trunk, dataset].flatMap((graph) => [graph, graph.externalData ?? { bytes: 0 }]);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const made = quantisation?.[precision];
    const all = made ? (made.scores ?? []) : scores;
    const of = all.filter(({ split }) => split === wanted);
    const mean = (figure: 'fd' | 'fc') =>
      of.length === 0
        ? ''
        : (of.reduce((sum, score) => sum + score[figure], 0) / of.length).toFixed(3);
    return [precision, (bytes / 1e6).toFixed(1), mean('fd'), mean('fc'), made?.summary ?? ''];
  });
}
