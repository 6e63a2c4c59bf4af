/**
 * The summary of a job that has ended.
 *
 * @module
 */
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { densityOf, areaMm2 as imageAreaMm2 } from '../../shared/detect/summary.ts';
import { cellTypeOf } from '../../shared/dicom/codes.ts';
import { type DicomJson, textOf } from '../../shared/dicom/dicom-json.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { JobSummary } from '../../shared/formats/job-summary.ts';
import type { JobPlan } from '../chunks/job-plan.ts';

/**
 * Puts a summary together from what the job found and its plan.
 *
 * @throws {UniCellError} `NOT_READY` before the job has ended, `JOB_STATE_CONFLICT` when it ended without a
 *   result.
 */
export function summaryOf(job: Job, plan: JobPlan | undefined): JobSummary {
  const { id, name, status, finishedAt, errors } = job;
  const isComplete = status === 'completed';
  if (!(isComplete || status === 'completed_with_errors') || !plan || finishedAt === null) {
    const hasFailed = status === 'failed' || status === 'canceled';
    throw new UniCellError(
      hasFailed ? 'JOB_STATE_CONFLICT' : 'NOT_READY',
      `The job ${id} is ${status}, and only a job that has completed has a summary. ${hasFailed ? 'Resume it.' : 'Ask again when it has ended.'}`,
    );
  }
  const { image, mpp, model, planHash, routes, dicom } = plan;
  // That of the plan, but for parts without a result when the nuclei were counted; one for all datasets.
  const { areaMm2 } = job.results[0]!;
  const missing = errors.map(({ region }) => region);
  return {
    researchUseOnly: true,
    job: { id, name, finishedAt },
    identity: isComplete ? planHash : `${planHash} ${JSON.stringify(missing)}`,
    isComplete,
    model: { id: model.id, version: model.version },
    image: { ...image, mpp: mpp.value },
    areaMm2,
    imageAreaMm2: imageAreaMm2(image, mpp.value),
    dicom: dicom ? slideOf(dicom) : null,
    results: routes.map(({ dataset }, i) => {
      const found = job.results[i]!;
      const counted = (count: number) => ({ count, perMm2: densityOf(count, areaMm2) });
      return {
        dataset: dataset.id,
        name: dataset.name,
        hasAllClasses: found.hasAllClasses,
        total: counted(found.total),
        classes: found.classes.map(({ name, count }) => {
          const index = dataset.classes.findIndex((one) => one.name === name);
          const one = dataset.classes[index]!;
          const { value, scheme, meaning } = cellTypeOf(one);
          return {
            index,
            name,
            label: one.label,
            colour: one.colour,
            cellType: { value, scheme, meaning },
            ...counted(count),
            fraction: found.hasAllClasses && found.total > 0 ? count / found.total : null,
          };
        }),
      };
    }),
  };
}

/** Which slide of which patient it is. */
function slideOf(dicom: DicomJson): JobSummary['dicom'] {
  return {
    studyInstanceUid: textOf(dicom, '0020000D') ?? '',
    seriesInstanceUid: textOf(dicom, '0020000E') ?? '',
    patientId: textOf(dicom, '00100020') ?? null,
    accessionNumber: textOf(dicom, '00080050') ?? null,
    containerIdentifier: textOf(dicom, '00400512') ?? null,
  };
}
