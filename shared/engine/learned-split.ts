import type { ModelCard } from './card.ts';

/**
 * What must stand beside every score of a model on pictures that it has learned from.
 *
 * @param split Which pictures were scored.
 * @returns A full sentence; `undefined` where the card does not say that the model knows them.
 * @example
 * learnedSplitNote(card, 'val');
 * // 'compact 1.0.0 has learned from val: a score there does not say how good it is on new pictures.'
 */
export function learnedSplitNote(
  { id, version, training }: Pick<ModelCard, 'id' | 'version' | 'training'>,
  split: string | undefined,
): string | undefined {
  if (!training.splits?.some((learned) => learned === split)) return undefined;
  return `${id} ${version} has learned from ${split}: a score there does not say how good it is on new pictures.`;
}
