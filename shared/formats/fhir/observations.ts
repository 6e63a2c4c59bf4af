/**
 * Counts and densities as observations: one of all nuclei under a dataset, and one of each class.
 *
 * @module
 */
import type { Observation } from 'fhir/r4.js';
import { codes } from '../../dicom/codes.ts';
import type { JobSummary } from '../job-summary.ts';
import { concept, quantity } from './coding.ts';
import { studyOf, subjectOf, urnOf } from './context.ts';
import { RESEARCH_USE } from './device.ts';
import { narrative } from './narrative.ts';

type Result = JobSummary['results'][number];
type ClassResult = Result['classes'][number];

/** An observation with its name in the bundle. */
export interface NamedObservation {
  readonly urn: string;
  readonly observation: Observation;
}

/** The observation of all nuclei of a dataset, which has those of the classes as members. */
export function totalOf(summary: JobSummary, result: Result): NamedObservation {
  const members = result.classes.map((one) => classOf(summary, result, one).urn);
  return {
    urn: urnOf(summary, 'total', result.dataset),
    observation: {
      ...common(summary, result, 'Nuclei', result.total),
      hasMember: members.map((reference) => ({ reference })),
      component: [
        countOf(result.total.count),
        {
          code: concept(codes.area, 'Area that the density is over'),
          valueQuantity: quantity(rounded(summary.areaMm2), codes.squareMillimetre),
        },
      ],
    },
  };
}

/** The observation of the nuclei of a class. */
export function classOf(summary: JobSummary, result: Result, one: ClassResult): NamedObservation {
  const fraction = one.fraction === null ? [] : [fractionOf(one.fraction)];
  return {
    urn: urnOf(summary, 'class', result.dataset, one.name),
    observation: {
      ...common(summary, result, one.label, one),
      component: [
        countOf(one.count),
        ...fraction,
        {
          code: concept(codes.finding, 'Cell type'),
          valueCodeableConcept: concept(one.cellType, one.label),
        },
      ],
    },
  };
}

function common(
  summary: JobSummary,
  { dataset }: Result,
  label: string,
  { count, perMm2 }: { readonly count: number; readonly perMm2: number | null },
): Omit<Observation, 'component'> & Pick<Observation, 'resourceType' | 'status' | 'code'> {
  const { model, job, isComplete } = summary;
  const study = studyOf(summary);
  const density = perMm2 === null ? null : rounded(perMm2);
  const missing = isComplete ? [] : ['Parts of the slide have no result.'];
  return {
    resourceType: 'Observation',
    text: narrative([
      `${label}: ${count} nuclei${density === null ? '' : `, ${density} per mm2`} (${dataset}).`,
      ...missing,
      RESEARCH_USE,
    ]),
    status: 'preliminary',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'imaging',
            display: 'Imaging',
          },
        ],
      },
    ],
    code: concept(codes.density, `${label}: ${codes.density.meaning}`),
    ...subjectOf(summary),
    effectiveDateTime: job.finishedAt,
    issued: job.finishedAt,
    ...(density === null
      ? { dataAbsentReason: NOT_EXAMINED }
      : { valueQuantity: quantity(density, codes.perSquareMillimetre) }),
    method: { text: `UniCell ${model.id} ${model.version}, label set ${dataset}` },
    device: { reference: urnOf(summary, 'device') },
    ...(study && { derivedFrom: [study] }),
    note: [...missing, RESEARCH_USE].map((text) => ({ text })),
  };
}

/** Of a density over no area. */
const NOT_EXAMINED = {
  coding: [
    {
      system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason',
      code: 'not-performed',
      display: 'Not Performed',
    },
  ],
};

function countOf(count: number) {
  return { code: concept(codes.count), valueQuantity: quantity(count, codes.nuclei) };
}

function fractionOf(fraction: number) {
  return {
    code: concept(codes.fraction),
    valueQuantity: quantity(rounded(100 * fraction), codes.percent),
  };
}

/** More digits than these say nothing. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
