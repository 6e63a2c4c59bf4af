import type { ScoredImage, ScoreOptions } from '../../shared/scoring/score-images.ts';

/** What `scoreImages` takes. */
export interface ScoreTask {
  readonly images: readonly ScoredImage[];
  readonly classes: readonly string[];
  readonly options: ScoreOptions;
}
