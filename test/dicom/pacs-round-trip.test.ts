/** From a slide in a PACS to annotations and a report in the same PACS, as a client sees it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Job, jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { type StoreReport, storeReportSchema } from '../../shared/api/jobs/store-schemas.ts';
import { itemsOf, textOf } from '../../shared/dicom/dicom-json.ts';
import type { Service } from '../../src-gpu/service/service.ts';
import { cellPixels } from '../api/images.ts';
import { gpuForTests } from '../support/gpu-service.ts';
import { hasOrthanc, Orthanc, type PacsSlide } from '../support/orthanc.ts';
import { errorsOf, hasValidator, readDicom, readGroups } from '../support/read-dicom.ts';
import { runUnicell } from '../support/run-unicell.ts';
import { tempFolder } from '../support/temp-folder.ts';

const canRun = hasOrthanc();
const canValidate = hasValidator();
const folder = tempFolder();
const data = join(folder, 'data');
const [width, height] = [1300, 900];

let orthanc: Orthanc;
let slide: PacsSlide;
let service: Service;

async function call<T>(
  path: string,
  schema: { parse(json: unknown): T },
  body?: unknown,
): Promise<T> {
  const response = await fetch(`${service.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      'x-dicomweb-authorization': orthanc.authorization!,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = await response.json();
  expect(response.ok, JSON.stringify(json)).toBe(true);
  return schema.parse(json);
}

async function runJob(exports: readonly string[], more: object = {}): Promise<Job> {
  const { study, series } = slide;
  let job = await call('/v1/jobs', jobSchema, {
    source: {
      type: 'dicomweb',
      root: orthanc.dicomWeb,
      study,
      series,
      authorization: 'forward',
    },
    dataset: ['consep'],
    tissue: 'none',
    exports,
    ...more,
  });
  while (job.finishedAt === null) {
    await sleep(50);
    job = await call(`/v1/jobs/${job.id}?wait=20`, jobSchema);
  }
  expect(job, JSON.stringify(job.errors)).toMatchObject({ status: 'completed', errors: [] });
  return job;
}

const store = (job: Job): Promise<StoreReport> =>
  call(`/v1/jobs/${job.id}/store`, storeReportSchema, {
    root: orthanc.dicomWeb,
    authorization: 'forward',
  });

const exported = async (job: Job, name: string) =>
  new Uint8Array(
    await (await fetch(`${service.url}/v1/jobs/${job.id}/exports/${name}`)).arrayBuffer(),
  );

/** The file of an instance, as the PACS holds it. */
async function held(instance: string): Promise<Uint8Array> {
  const found = (await (
    await orthanc.fetch('/tools/lookup', { method: 'POST', body: instance })
  ).json()) as { ID: string }[];
  expect(found).toHaveLength(1);
  const file = await orthanc.fetch(`/instances/${found[0]!.ID}/file`);
  return new Uint8Array(await file.arrayBuffer());
}

async function instancesOf(modality: string): Promise<string[]> {
  const query = `/dicom-web/studies/${slide.study}/instances?Modality=${modality}`;
  const answer = await orthanc.fetch(query, { headers: { accept: 'application/dicom+json' } });
  return ((await answer.json()) as Parameters<typeof textOf>[0][]).map(
    (one) => textOf(one, '00080018')!,
  );
}

describe.skipIf(!canRun)('a slide of a PACS', () => {
  let job: Job;
  let report: StoreReport;

  beforeAll(async () => {
    orthanc = await Orthanc.start(folder, { password: 'pacs secret' });
    service = await gpuForTests({ DICOMWEB_ROOTS: orthanc.dicomWeb, DATA_FOLDER: data });
    const cells: [number, number][] = [];
    for (let row = 2; row < height / 8 - 2; row += 4) {
      for (let column = 2; column < width / 8 - 2; column += 4) cells.push([column, row]);
    }
    slide = await orthanc.addSlide({ width, height, data: cellPixels(width, height, cells) });
    job = await runJob(['csv', 'dicom-ann', 'dicom-ann-2d', 'dicom-sr']);
    report = await store(job);
  });
  afterAll(() => orthanc?.stop());

  it('gets annotations and a report, and is told of each', async () => {
    expect(report).toMatchObject({
      root: orthanc.dicomWeb,
      study: slide.study,
      complete: true,
      instances: [
        { dataset: 'consep', format: 'dicom-ann', outcome: 'stored', detail: null },
        { dataset: 'consep', format: 'dicom-sr', outcome: 'stored', detail: null },
      ],
    });
    expect(await instancesOf('ANN')).toEqual([report.instances[0]!.instance]);
    expect(await instancesOf('SR')).toEqual([report.instances[1]!.instance]);
  });

  it('gives back what the job found', async () => {
    const [annotations, counts] = report.instances;
    const file = await held(annotations!.instance);
    expect(file).toEqual(await exported(job, 'consep.ann.dcm'));
    expect(await held(counts!.instance)).toEqual(await exported(job, 'consep.sr.dcm'));

    const data = readDicom(file);
    expect(textOf(data, '00100010')).toBe('Weiß^Zoë');
    expect(textOf(data, '0020000D')).toBe(slide.study);
    expect(textOf(itemsOf(data, '00400560')[0], '00400551')).toBe('BLOCK-17-4-A');
    expect(textOf(itemsOf(data, '00081140')[0], '00081155')).toBe(slide.instances[0]);

    const csv = new TextDecoder().decode(await exported(job, 'consep.csv'));
    const rows = csv.trim().split('\n').slice(1);
    expect(rows.length).toBeGreaterThan(500);
    const byClass = new Map<string, string[][]>();
    for (const row of rows) {
      const cells = row.split(',');
      byClass.set(cells[2]!, [...(byClass.get(cells[2]!) ?? []), cells]);
    }
    const groups = readGroups(data);
    expect(groups.map(({ label }) => label).sort()).toEqual([...byClass.keys()].sort());
    const flat = readGroups(readDicom(await exported(job, 'consep.ann-2d.dcm')));
    for (const [g, { label, count, coordinates, scores }] of groups.entries()) {
      const own = byClass.get(label)!;
      expect(count).toBe(own.length);
      for (const [i, [x, y, , score]] of own.entries()) {
        expect(flat[g]!.coordinates[2 * i]).toBeCloseTo(Number(x), 1);
        expect(flat[g]!.coordinates[2 * i + 1]).toBeCloseTo(Number(y), 1);
        // The dicomizer turns slides: rows run down x, columns down y, from (20, 40), half a pixel apart.
        expect(coordinates[2 * i]).toBeCloseTo(20 - 0.0005 * (Number(y) - 0.5), 4);
        expect(coordinates[2 * i + 1]).toBeCloseTo(40 - 0.0005 * (Number(x) - 0.5), 4);
        expect(scores[i]).toBeCloseTo(Number(score), 3);
      }
    }
  });

  it.skipIf(!canValidate)('holds files that the validator passes', async () => {
    for (const { instance } of report.instances) {
      expect(errorsOf(await held(instance), folder)).toEqual([]);
    }
  });

  it('is served by the command too, which ends well only when all is there', async () => {
    const args = ['jobs', 'store', job.id, '--dicomweb', orthanc.dicomWeb];
    const cwd = folder;
    const env = { UNICELL_URL: service.url, DICOMWEB_AUTHORIZATION: orthanc.authorization! };
    const lent = await runUnicell(args, { cwd, env });
    expect(lent.stdout, lent.stderr).toMatch(/consep +dicom-ann +present .*\n.*dicom-sr +present/);
    expect(lent.stdout).toContain(`has all of them, in the study ${slide.study}`);
    expect(lent.code).toBe(0);
    const without = await runUnicell(args, { cwd, env: { UNICELL_URL: service.url } });
    expect(without).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('refused a request without credentials'),
    });
  });

  it('is asked with credentials that are kept nowhere', () => {
    const files = readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    expect(files.length).toBeGreaterThan(5);
    const secret = orthanc.authorization!.slice('Basic '.length);
    expect(files.filter((file) => file.includes(secret))).toEqual([]);
  });

  it('is all there is to make DICOM of', async () => {
    const refused = async (path: string, body: unknown) => {
      const response = await fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return response.json();
    };
    const source = { type: 'url', url: 'https://example.org/a.svs' };
    expect(
      await refused('/v1/jobs', { source, dataset: 'consep', exports: ['dicom-ann'] }),
    ).toMatchObject({
      code: 'INVALID_OPTIONS',
      detail: expect.stringContaining('dicom-ann can only be made of a DICOM slide'),
    });
    const png = await sharp(cellPixels(64, 64, []), { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toBuffer();
    const created = await fetch(`${service.url}/v1/jobs?dataset=consep&mpp=0.5&tissue=none`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: new Uint8Array(png),
    });
    const { id } = jobSchema.parse(await created.json());
    await call(`/v1/jobs/${id}?wait=20`, jobSchema);
    expect(await refused(`/v1/jobs/${id}/store`, { root: orthanc.dicomWeb })).toMatchObject({
      code: 'INVALID_OPTIONS',
      detail: expect.stringContaining('is no DICOM slide'),
    });
    const part = await fetch(
      `${service.url}/v1/jobs/${job.id}/detections?format=dicom-ann&bbox=0,0,9,9`,
    );
    expect(await part.json()).toMatchObject({ code: 'INVALID_OPTIONS' });
    const whole = await fetch(`${service.url}/v1/jobs/${job.id}/detections?format=dicom-ann`);
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(
      await exported(job, 'consep.ann.dcm'),
    );
  });

  it('has one set of annotations after a second run', async () => {
    const again = await runJob(['json']);
    expect(again.id).not.toBe(job.id);
    const second = await store(again);
    expect(second.instances).toEqual(
      report.instances.map((one) => ({ ...one, outcome: 'present' })),
    );
    expect(await instancesOf('ANN')).toHaveLength(1);
    expect(await instancesOf('SR')).toHaveLength(1);
  });

  it('gets the result of a job that asks for it, and loses none that it does not take', async () => {
    const stored = await runJob(['json'], {
      threshold: 0.9,
      store: { dicomweb: orthanc.dicomWeb },
    });
    expect(stored.warnings).toEqual([]);
    expect(stored.stored).toMatchObject({
      complete: true,
      instances: [
        { format: 'dicom-ann', outcome: 'stored' },
        { format: 'dicom-sr', outcome: 'stored' },
      ],
    });
    const elsewhere = `${orthanc.url}/no-dicom-web`;
    const lost = await runJob(['csv'], { threshold: 0.8, store: { dicomweb: elsewhere } });
    expect(lost.stored).toBeUndefined();
    expect(lost.exports).toHaveLength(1);
    expect(lost.warnings).toEqual([
      {
        code: 'NOT_STORED',
        detail: expect.stringMatching(/not in the PACS\. .*without credentials/),
      },
    ]);
  });
});
