/**
 * A job's summary in FHIR R4: a report, its observations and the model as a device, in a collection that a
 * server or a viewer can take as it is. Everything is preliminary.
 *
 * @module
 */
import type { Bundle, DiagnosticReport, FhirResource } from 'fhir/r4.js';
import { codes } from '../../dicom/codes.ts';
import type { JobSummary } from '../job-summary.ts';
import { concept } from './coding.ts';
import { studyOf, subjectOf, urnOf } from './context.ts';
import { deviceOf, RESEARCH_USE } from './device.ts';
import { narrative } from './narrative.ts';
import { classOf, totalOf } from './observations.ts';

/** The media type of FHIR in JSON. */
export const FHIR_JSON = 'application/fhir+json';

/** The bundle. Names of resources depend on slide, model and options only. */
export function bundleOf(summary: JobSummary): Bundle {
  const entries: [urn: string, resource: FhirResource][] = [
    [urnOf(summary, 'report'), reportOf(summary)],
    [urnOf(summary, 'device'), deviceOf(summary)],
  ];
  for (const result of summary.results) {
    // Of some classes no whole is known.
    if (result.hasAllClasses) {
      const { urn, observation } = totalOf(summary, result);
      entries.push([urn, observation]);
    }
    for (const one of result.classes) {
      const { urn, observation } = classOf(summary, result, one);
      entries.push([urn, observation]);
    }
  }
  return {
    resourceType: 'Bundle',
    identifier: { system: 'urn:ietf:rfc:3986', value: urnOf(summary, 'bundle') },
    type: 'collection',
    timestamp: summary.job.finishedAt,
    entry: entries.map(([fullUrl, resource]) => ({ fullUrl, resource })),
  };
}

function reportOf(summary: JobSummary): DiagnosticReport {
  const { job, results, dicom, areaMm2, isComplete } = summary;
  const study = studyOf(summary);
  const { subject, specimen } = subjectOf(summary);
  const accession = dicom?.accessionNumber;
  return {
    resourceType: 'DiagnosticReport',
    text: narrative([
      `Nuclei of ${job.name}, in ${areaMm2.toPrecision(4)} mm2.`,
      ...results.map(({ name, hasAllClasses, total, classes }) => {
        const counts = classes.map(({ label, count }) => `${label} ${count}`);
        if (!hasAllClasses)
          return `${name}, only the classes asked for: ${counts.join(', ') || 'none'}.`;
        return `${name}: ${total.count}, of which ${counts.join(', ')}.`;
      }),
      ...(isComplete ? [] : ['Parts of the slide have no result.']),
      RESEARCH_USE,
    ]),
    ...(accession && {
      basedOn: [{ type: 'ServiceRequest', identifier: { value: accession } }],
    }),
    status: 'preliminary',
    code: concept(codes.measurementReport, 'Nuclei found and named in a slide'),
    ...(subject && { subject }),
    effectiveDateTime: job.finishedAt,
    issued: job.finishedAt,
    ...(specimen && { specimen: [specimen] }),
    result: results.flatMap((result) => shownOf(summary, result)),
    ...(study && { imagingStudy: [study] }),
  };
}

/** What a report refers to: the whole, which has the classes as members, or the classes that were asked for. */
function shownOf(summary: JobSummary, result: JobSummary['results'][number]) {
  const shown = result.hasAllClasses
    ? [totalOf(summary, result)]
    : result.classes.map((one) => classOf(summary, result, one));
  return shown.map(({ urn }) => ({ reference: urn }));
}
