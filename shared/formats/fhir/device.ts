import type { Device } from 'fhir/r4.js';
import { codes } from '../../dicom/codes.ts';
import type { JobSummary } from '../job-summary.ts';
import { concept } from './coding.ts';
import { narrative } from './narrative.ts';

/** What is said beside every result. */
export const RESEARCH_USE =
  'Research use only: not a medical device, not for diagnosis. Found by software and checked by nobody.';

/** The model that found the nuclei. */
export function deviceOf({ model }: JobSummary): Device {
  const name = `UniCell ${model.id}`;
  return {
    resourceType: 'Device',
    text: narrative([`${name}, version ${model.version}.`, RESEARCH_USE]),
    identifier: [{ system: 'urn:unicell-edge', value: `${model.id}@${model.version}` }],
    status: 'active',
    deviceName: [{ name, type: 'model-name' }],
    version: [{ value: model.version }],
    type: concept(codes.artificialIntelligence),
    note: [{ text: RESEARCH_USE }],
  };
}
