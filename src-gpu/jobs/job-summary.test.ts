import { describe, expect, it } from 'vitest';
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { jobSummarySchema } from '../../shared/formats/job-summary.ts';
import { planOf } from '../../test/support/chunked-slide.ts';
import { summaryOf } from './job-summary.ts';

const plan = await planOf();

/** A job that has ended, with one nucleus of each class. */
function jobOf(changes: Partial<Job> = {}): Job {
  const results = plan.routes.map(({ dataset }) => ({
    dataset: dataset.id,
    areaMm2: plan.areaMm2,
    hasAllClasses: true,
    total: dataset.classes.length,
    classes: dataset.classes.map(({ name }) => ({ name, count: 1 })),
  }));
  const job = { id: 'j', name: 'a.svs', status: 'completed', results, errors: [] };
  return { ...job, finishedAt: '2026-01-01T00:00:00.000Z', ...changes } as unknown as Job;
}

describe('the summary of a job', () => {
  it('has counts, densities and fractions per dataset', () => {
    const summary = jobSummarySchema.parse(summaryOf(jobOf(), plan));
    expect(summary).toMatchObject({ identity: plan.planHash, isComplete: true, dicom: null });
    expect(summary.results.map(({ dataset }) => dataset)).toEqual(['consep', 'ocelot']);
    const [{ total, classes }] = summary.results as [(typeof summary.results)[0]];
    expect(total).toEqual({ count: 3, perMm2: 3 / plan.areaMm2 });
    for (const { fraction } of classes) expect(fraction).toBe(1 / 3);
  });

  it('is another one where parts are missing', () => {
    const region = { x: 0, y: 0, width: 9, height: 9 };
    const errors = [{ code: 'IMAGE_UNREADABLE', detail: 'damaged', region }];
    const summary = summaryOf(jobOf({ status: 'completed_with_errors', errors }), plan);
    expect(summary.isComplete).toBe(false);
    expect(summary.identity).not.toBe(plan.planHash);
  });

  it('has densities over what was examined when the nuclei were counted, and none over nothing', () => {
    const results = (areaMm2: number) => jobOf().results.map((one) => ({ ...one, areaMm2 }));
    const half = summaryOf(jobOf({ results: results(plan.areaMm2 / 2) }), plan);
    expect(half.areaMm2).toBe(plan.areaMm2 / 2);
    expect(half.results[0]!.total.perMm2).toBe(6 / plan.areaMm2);
    const none = jobSummarySchema.parse(summaryOf(jobOf({ results: results(0) }), plan));
    expect(none.results[0]!.classes.map(({ perMm2 }) => perMm2)).toEqual([null, null, null]);
  });

  it('of some classes has only these, in their place, and no fractions', () => {
    const results = jobOf().results.map((one) => {
      const classes = one.classes.slice(1, 2);
      return { ...one, classes, hasAllClasses: false, total: 1 };
    });
    const summary = jobSummarySchema.parse(summaryOf(jobOf({ results }), plan));
    expect(summary.results[0]).toMatchObject({
      hasAllClasses: false,
      total: { count: 1 },
      classes: [{ name: plan.routes[0]!.dataset.classes[1]!.name, index: 1, fraction: null }],
    });
    expect(summary.results[0]!.classes).toHaveLength(1);
  });

  it('names the slide that is DICOM', () => {
    const dicom = {
      '0020000D': { vr: 'UI', Value: ['1.2'] },
      '0020000E': { vr: 'UI', Value: ['1.2.3'] },
      '00100020': { vr: 'LO', Value: ['P'] },
      '00400512': { vr: 'LO', Value: ['S'] },
    };
    expect(summaryOf(jobOf(), { ...plan, dicom }).dicom).toEqual({
      studyInstanceUid: '1.2',
      seriesInstanceUid: '1.2.3',
      patientId: 'P',
      accessionNumber: null,
      containerIdentifier: 'S',
    });
  });

  it.each([
    ['running', 'NOT_READY'],
    ['failed', 'JOB_STATE_CONFLICT'],
    ['canceled', 'JOB_STATE_CONFLICT'],
  ] as const)('is not there of a job that is %s', (status, code) => {
    expect(() => summaryOf(jobOf({ status }), plan)).toThrow(expect.objectContaining({ code }));
  });
});
