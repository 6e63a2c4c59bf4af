import type { ModelCard } from '../engine/card.ts';
import { learnedSplitNote } from '../engine/learned-split.ts';
import type { Dataset } from './dataset.ts';
import { splitNote } from './split-note.ts';

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
