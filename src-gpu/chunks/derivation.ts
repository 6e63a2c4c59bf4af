/**
 * What a job's DICOM exports are derived from.
 *
 * @module
 */
import { type Dataset, findClass } from '../../shared/datasets/dataset.ts';
import type { Route } from '../../shared/datasets/routing.ts';
import { textOf } from '../../shared/dicom/dicom-json.ts';
import type { Derivation } from '../../shared/formats/derivation.ts';
import { examinedAreaMm2 } from './examined-area.ts';
import type { JobPlan } from './job-plan.ts';

export interface DerivationParts {
  /** When the result was asked for, ISO 8601. */
  readonly madeAt: string;
  /** Chunks without a result: with them it is another result. */
  readonly missing: readonly number[];
}

/** `undefined` where the slide is not DICOM. */
export function derivationOf(
  plan: JobPlan,
  { dataset }: Route,
  { madeAt, missing }: DerivationParts,
): Derivation | undefined {
  const { dicom: slide, planHash, options } = plan;
  if (slide === undefined) return undefined;
  return {
    slide,
    identity: [planHash, ...missing].join(' '),
    ...localTime(madeAt, textOf(slide, '00080201')),
    areaMm2: examinedAreaMm2(plan, missing),
    regions: options.regions,
    classes: options.classes && classesOf(dataset, options.classes),
  };
}

/** In head order; none where the dataset has none of them. */
function classesOf(dataset: Dataset, asked: readonly string[]): number[] {
  const found = new Set(asked.map((spelling) => findClass(dataset, spelling)));
  return [...dataset.classes.keys()].filter((index) => found.has(index));
}

/** @param offset Timezone Offset From UTC, `+hhmm`: it holds for all dates of an object. */
function localTime(iso: string, offset: string | undefined): { date: string; time: string } {
  const [, sign, hours, minutes] = offset?.match(/^([+-])(\d\d)(\d\d)$/) ?? [];
  const aheadMinutes = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  const localMs = Date.parse(iso) + (sign === '-' ? -1 : 1) * aheadMinutes * 60_000;
  const digits = new Date(localMs).toISOString().replaceAll(/\D/g, '');
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) };
}
