import { describe, expect, it } from 'vitest';
import { learnedSplitNote } from './learned-split.ts';

describe('learnedSplitNote', () => {
  const card = (splits?: ('train' | 'val' | 'test')[]) => ({
    id: 'compact',
    version: '1.0.0',
    training: { data: ['CoNSeP'], command: 'typed', ...(splits && { splits }) },
  });

  it('says that a score is of pictures that the model knows', () => {
    expect(learnedSplitNote(card(['train', 'val']), 'val')).toBe(
      'compact 1.0.0 has learned from val: a score there does not say how good it is on new pictures.',
    );
    expect(learnedSplitNote(card(['train']), 'train')).toMatch(/has learned from train/);
  });

  it('says nothing of others, nor of a card that does not say what was learned', () => {
    expect(learnedSplitNote(card(['train', 'val']), 'test')).toBeUndefined();
    expect(learnedSplitNote(card(['train']), 'val')).toBeUndefined();
    expect(learnedSplitNote(card(['train']), undefined)).toBeUndefined();
    expect(learnedSplitNote(card(), 'train')).toBeUndefined();
  });
});
