import type { TestTimeAugmentation } from '../evaluate-split.ts';
import type { DatasetReport } from './dataset-report.ts';

/** What `report.json` holds. */
export interface AccuracyReport {
  readonly schema: 1;
  readonly model: { readonly id: string; readonly version: string; readonly precision: string };
  readonly split: string;
  readonly tta: TestTimeAugmentation | undefined;
  /** Predictions below this score were not looked at. */
  readonly lowestScore: number;
  readonly datasets: readonly DatasetReport[];
}
