import type { Dataset } from '../../shared/datasets/dataset.ts';
import { splitNote } from '../../shared/datasets/split-note.ts';
import type { ModelCard } from '../../shared/engine/card.ts';
import { learnedSplitNote } from '../../shared/engine/learned-split.ts';

/**
 * What must stand beside a score: that the pictures are not the published ones, or that the model knows them.
 *
 * @returns Full sentences; none where nothing is to be said.
 */
export function scoreNotes(
  card: ModelCard,
  dataset: Pick<Dataset, 'name' | 'publishedTest'>,
  split: string | undefined,
  images: number,
): string[] {
  const notes = [splitNote(dataset, split, images), learnedSplitNote(card, split)];
  return notes.filter((note) => note !== undefined);
}
