import { consep } from '../../shared/datasets/consep.ts';
import { densityOf } from '../../shared/detect/summary.ts';
import { cellTypeOf } from '../../shared/dicom/codes.ts';
import type { JobSummary } from '../../shared/formats/job-summary.ts';

/** What a job found under CoNSeP: as many nuclei of each class. */
export function jobSummary(counts: readonly number[], areaMm2 = 2): JobSummary {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const counted = (count: number) => ({ count, perMm2: densityOf(count, areaMm2) });
  return {
    researchUseOnly: true,
    job: { id: 'ended', name: 'a <1> & b.svs', finishedAt: '2026-01-01T00:00:00.000Z' },
    identity: 'f'.repeat(64),
    isComplete: true,
    model: { id: 'compact', version: '1.0' },
    image: { width: 4000, height: 2000, mpp: 0.5 },
    areaMm2,
    imageAreaMm2: 2,
    dicom: null,
    results: [
      {
        dataset: consep.id,
        name: consep.name,
        hasAllClasses: true,
        total: counted(total),
        classes: consep.classes.map((one, k) => ({
          index: k,
          name: one.name,
          label: one.label,
          colour: one.colour,
          cellType: cellTypeOf(one),
          ...counted(counts[k]!),
          fraction: total === 0 ? null : counts[k]! / total,
        })),
      },
    ],
  };
}
