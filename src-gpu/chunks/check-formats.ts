import type { Format } from '../../shared/formats/format.ts';
import { exportHead, type HeadParts } from './finalize-job.ts';
import type { JobPlan } from './job-plan.ts';

/**
 * Refuses formats that cannot be made of a slide, before the model has looked at it.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`.
 */
export async function checkFormats(
  plan: JobPlan,
  formats: readonly Format[],
  parts: Pick<HeadParts, 'name' | 'madeAt'>,
): Promise<void> {
  const head = exportHead(plan, 0, { ...parts, count: 0, missing: [] });
  for (const format of formats) (await format.load()).check?.(head);
}
