import { resultRows } from '../../shared/detect/result-filter.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { regionMask } from '../../shared/tiling/region-mask.ts';
import type { JobPlan } from './job-plan.ts';

/** Says which of a dataset's nuclei, in pixels of level 0, the job was asked for. */
export function jobRows(plan: JobPlan, dataset: number): (nuclei: Nuclei) => Uint32Array {
  const { classes, regions } = plan.options;
  return resultRows(plan.routes[dataset]!.dataset, {
    classes,
    regions: regions && regionMask(regions, plan.image),
  });
}
