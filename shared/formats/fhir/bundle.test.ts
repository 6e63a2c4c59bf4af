/**
 * A summary in FHIR against the definitions and the constraints of R4 (hl7.org/fhir/R4), written down here for
 * the elements that are used; any other element is refused.
 */
import type { Bundle, DiagnosticReport, Observation } from 'fhir/r4.js';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { jobSummary } from '../../../test/support/job-summary.ts';
import { readXml, under } from '../../../test/support/read-xml.ts';
import type { JobSummary } from '../job-summary.ts';
import { bundleOf } from './bundle.ts';

/** Absolute, as every system must be. */
const uri = z.string().regex(/^(https?:\/\/|urn:)\S+$/);
const urn = z.string().regex(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const text = z.string().regex(/\S/);
const code = z.string().regex(/^\S+( \S+)*$/);
const instant = z.iso.datetime({ offset: true });

const coding = z.strictObject({ system: uri, code, display: text });
const codeableConcept = z.strictObject({ coding: z.array(coding).min(1), text: text.optional() });
/** qty-3: a code has a system. */
const quantity = z.strictObject({
  value: z.number(),
  unit: text,
  system: z.literal('http://unitsofmeasure.org'),
  code,
});
const identifier = z.strictObject({ system: uri.optional(), value: text });
/** A resource of the bundle, or one that is known by its identifier elsewhere. */
const reference = z.union([
  z.strictObject({ reference: urn }),
  z.strictObject({ type: text, identifier }),
]);
const annotation = z.strictObject({ text });
const narrative = z.strictObject({ status: z.literal('generated'), div: text });

const observation = z
  .strictObject({
    resourceType: z.literal('Observation'),
    text: narrative,
    status: z.literal('preliminary'),
    category: z.array(z.strictObject({ coding: z.array(coding).min(1) })),
    code: codeableConcept,
    subject: reference.optional(),
    specimen: reference.optional(),
    effectiveDateTime: instant,
    issued: instant,
    valueQuantity: quantity.optional(),
    dataAbsentReason: codeableConcept.optional(),
    method: z.strictObject({ text }),
    device: reference,
    derivedFrom: z.array(reference).optional(),
    hasMember: z.array(reference).optional(),
    note: z.array(annotation),
    component: z.array(
      z.union([
        z.strictObject({ code: codeableConcept, valueQuantity: quantity }),
        z.strictObject({ code: codeableConcept, valueCodeableConcept: codeableConcept }),
      ]),
    ),
  })
  .refine(
    ({ code, component }) =>
      component.every((part) => part.code.coding[0]!.code !== code.coding[0]!.code),
    'obs-7: a component must not say what the value says',
  )
  .refine(
    ({ valueQuantity, dataAbsentReason }) => !valueQuantity !== !dataAbsentReason,
    'obs-6: a value, or else why there is none',
  );

const report = z.strictObject({
  resourceType: z.literal('DiagnosticReport'),
  text: narrative,
  basedOn: z.array(reference).optional(),
  status: z.literal('preliminary'),
  code: codeableConcept,
  subject: reference.optional(),
  effectiveDateTime: instant,
  issued: instant,
  specimen: z.array(reference).optional(),
  result: z.array(reference).min(1),
  imagingStudy: z.array(reference).optional(),
});

const device = z.strictObject({
  resourceType: z.literal('Device'),
  text: narrative,
  identifier: z.array(identifier),
  status: z.literal('active'),
  deviceName: z.array(z.strictObject({ name: text, type: z.literal('model-name') })),
  version: z.array(z.strictObject({ value: text })),
  type: codeableConcept,
  note: z.array(annotation),
});

/** bdl-3, bdl-4: entries of a collection have no request and no response; bdl-1: it has no total. */
const bundle = z.strictObject({
  resourceType: z.literal('Bundle'),
  identifier,
  type: z.literal('collection'),
  timestamp: instant,
  entry: z.array(
    z.strictObject({ fullUrl: urn, resource: z.union([observation, report, device]) }),
  ),
});

const dicom = {
  studyInstanceUid: '1.2.3',
  seriesInstanceUid: '1.2.3.4',
  patientId: 'P-7',
  accessionNumber: 'A-1',
  containerIdentifier: 'S-1',
};
const summary = jobSummary([30, 60, 10]);
/** The summary of a job that was asked for epithelial nuclei. */
function oneClass(all: JobSummary): JobSummary {
  const results = all.results.map((result) => {
    const [, { count, perMm2, ...one }] = result.classes as [unknown, (typeof result.classes)[0]];
    const counted = { count, perMm2 };
    const classes = [{ ...one, ...counted, fraction: null }];
    return { ...result, hasAllClasses: false, total: counted, classes };
  });
  return { ...all, results };
}

const resources = ({ entry }: Bundle) => entry!.map(({ resource }) => resource!);
const reportIn = (file: Bundle) => resources(file)[0] as DiagnosticReport;
const observationsIn = (file: Bundle) =>
  resources(file).filter((one): one is Observation => one.resourceType === 'Observation');

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { reference } = value as { reference?: unknown };
  return [
    ...(typeof reference === 'string' ? [reference] : []),
    ...Object.values(value).flatMap(referencesIn),
  ];
}

describe.each<[string, JobSummary]>([
  ['a plain slide', summary],
  ['a DICOM slide', { ...summary, dicom }],
  ['a slide without nuclei', jobSummary([0, 0, 0])],
  ['a slide with missing parts', { ...summary, isComplete: false }],
  ['a slide of which one class was asked for', oneClass(summary)],
  ['a slide of which nothing was examined', jobSummary([0, 0, 0], 0)],
])('the bundle of %s', (_, summary) => {
  const file = bundleOf(summary);

  it('follows the definitions', () => {
    expect(bundle.parse(file)).toEqual(file);
  });

  it('refers only to what it has, and names everything once (bdl-7)', () => {
    const urls = file.entry!.map(({ fullUrl }) => fullUrl!);
    expect(new Set(urls).size).toBe(urls.length);
    const references = referencesIn(file);
    expect(references.length).toBeGreaterThan(urls.length - 2);
    for (const one of references) expect(urls).toContain(one);
  });

  it('can be read by people, and says that it is for research', () => {
    for (const resource of resources(file)) {
      const { text } = resource as Observation | DiagnosticReport;
      const root = readXml(text!.div.replaceAll(/(<p>)[^<]*/g, '$1'));
      expect(root.attributes.xmlns).toBe('http://www.w3.org/1999/xhtml');
      expect(under(root, 'p').length).toBeGreaterThan(0);
      expect(text!.div).toContain('Research use only');
    }
  });
});

describe('a bundle', () => {
  it('has the counts, densities and fractions of every class', () => {
    const [total, ...classes] = observationsIn(bundleOf(summary));
    expect(total!.valueQuantity).toMatchObject({ value: 50, code: '/mm2' });
    expect(total!.component!.map(({ valueQuantity }) => valueQuantity?.value)).toEqual([100, 2]);
    expect(total!.hasMember!.length).toBe(3);
    expect(classes.map(({ valueQuantity }) => valueQuantity!.value)).toEqual([15, 30, 5]);
    const numbers = classes.map(({ component }) =>
      component!.slice(0, 2).map(({ valueQuantity }) => valueQuantity!.value),
    );
    expect(numbers).toEqual([
      [30, 30],
      [60, 60],
      [10, 10],
    ]);
    expect(classes[1]!.component![2]!.valueCodeableConcept!.coding).toEqual([
      { system: 'http://snomed.info/sct', code: '4212006', display: expect.any(String) },
    ]);
    expect(classes[0]!.component![2]!.valueCodeableConcept!.coding![0]!.system).toBe(
      'urn:unicell-edge',
    );
  });

  it('leaves fractions out where there is nothing to divide by', () => {
    const [, first] = observationsIn(bundleOf(jobSummary([0, 0, 0])));
    expect(first!.component!.map(({ code }) => code.coding![0]!.code)).not.toContain('FRACTION');
  });

  it('of some classes says nothing of the others and of the whole', () => {
    const file = bundleOf(oneClass(summary));
    const [only, ...others] = observationsIn(file);
    expect(others).toEqual([]);
    expect(only!.text!.div).toContain('Epithelial: 60 nuclei');
    expect(only!.component!.map(({ code }) => code.coding![0]!.code)).not.toContain('FRACTION');
    expect(reportIn(file).text!.div).toContain(
      'CoNSeP, only the classes asked for: Epithelial 60.',
    );
    expect(reportIn(file).result).toHaveLength(1);
    expect(JSON.stringify(file)).not.toContain('Inflammatory');
  });

  it('has no density where nothing was examined, and says why', () => {
    for (const one of observationsIn(bundleOf(jobSummary([0, 0, 0], 0)))) {
      expect(one.valueQuantity).toBeUndefined();
      expect(one.dataAbsentReason!.coding![0]!.code).toBe('not-performed');
      expect(one.text!.div).not.toContain('per mm2');
    }
  });

  it('names the study, the patient, the specimen and the order of a DICOM slide', () => {
    const file = bundleOf({ ...summary, dicom });
    const study = {
      type: 'ImagingStudy',
      identifier: { system: 'urn:dicom:uid', value: 'urn:oid:1.2.3' },
    };
    const report = reportIn(file);
    expect(report.imagingStudy).toEqual([study]);
    expect(report.subject!.identifier!.value).toBe('P-7');
    expect(report.specimen![0]!.identifier!.value).toBe('S-1');
    expect(report.basedOn![0]!.identifier!.value).toBe('A-1');
    for (const one of observationsIn(file)) expect(one.derivedFrom).toEqual([study]);
  });

  it('has the same names for the same analysis, and others for another', () => {
    const namesOf = (one: JobSummary) => bundleOf(one).entry!.map(({ fullUrl }) => fullUrl);
    const again = { ...summary, job: { ...summary.job, id: 'other', name: 'b.svs' } };
    expect(namesOf(again)).toEqual(namesOf(summary));
    const other = namesOf({ ...summary, identity: 'e'.repeat(64) });
    expect(other.filter((name) => namesOf(summary).includes(name))).toEqual([]);
  });

  it('says where parts of the slide are missing', () => {
    const file = bundleOf({ ...summary, isComplete: false });
    expect(reportIn(file).text!.div).toContain('Parts of the slide have no result');
    for (const { note } of observationsIn(file)) {
      expect(note![0]!.text).toBe('Parts of the slide have no result.');
    }
  });
});
