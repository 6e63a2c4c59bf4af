/**
 * A thread that scores.
 *
 * @module
 */
import { scoreImages } from '../../shared/scoring/score-images.ts';
import { serveTasks } from '../threads/serve-tasks.ts';
import type { ScoreTask } from './score-task.ts';

serveTasks(({ images, classes, options }: ScoreTask) => scoreImages(images, classes, options));
