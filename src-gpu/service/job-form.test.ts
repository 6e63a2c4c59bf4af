/** A slide that comes in a form, with options that are too long for an address. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Job, jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { UniCellClient } from '../../shared/client/client.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';

const { path } = await cellPyramid(tempFolder(), 700, 500);
const slide = new Blob([await readFile(path)], { type: 'image/tiff' });
const { url, data } = await serviceWithFolder();
const client = new UniCellClient({ url });

async function serviceWithFolder() {
  const data = tempFolder();
  return { ...(await gpuForTests({ DATA_FOLDER: data })), data };
}

/** The left half as an outline with so many corners that no address holds it. */
const corners = Array.from({ length: 1500 }, (_, i) => [350 + (i % 2) * 1e-6, (i * 500) / 1500]);
const leftHalf = {
  type: 'Polygon' as const,
  coordinates: [[[0, 0], ...corners, [350, 500], [0, 500], [0, 0]]],
};
const OPTIONS = { dataset: 'consep', mpp: 0.5, tissue: 'none' as const, exports: ['csv'] };

const texts = (options: object) =>
  Object.entries(options).map(([name, value]): [string, string] => [name, String(value)]);

/** Fields in their order, and files where the value is a blob. */
function form(...entries: [string, string | Blob, string?][]): FormData {
  const made = new FormData();
  for (const [name, value, file] of entries) {
    if (typeof value === 'string') made.append(name, value);
    else made.append(name, value, file ?? 'case 7.tif');
  }
  return made;
}
const post = (body: NonNullable<RequestInit['body']>, init: RequestInit = {}) =>
  fetch(`${url}/v1/jobs`, { method: 'POST', body, ...init });
const problemOf = async (response: Response) =>
  (await response.json()) as { code: string; detail: string };

async function ended(id: string): Promise<Job> {
  for (;;) {
    const job = jobSchema.parse(await (await fetch(`${url}/v1/jobs/${id}?wait=20`)).json());
    if (job.finishedAt !== null) return job;
  }
}
const rowsOf = async ({ id }: Pick<Job, 'id'>) =>
  (await (await fetch(`${url}/v1/jobs/${id}/exports/consep.csv`)).text()).trim().split('\n');
const stored = () => client.jobs().then(({ jobs }) => jobs.length);

describe('POST /v1/jobs with a form', () => {
  it('runs the slide under the options before it, regions of any length among them', async () => {
    const regions = JSON.stringify([leftHalf]);
    expect(regions.length).toBeGreaterThan(14_000);
    const response = await post(form(...texts(OPTIONS), ['regions', regions], ['slide', slide]));
    expect(response.status).toBe(202);
    const job = await ended(jobSchema.parse(await response.json()).id);
    expect(job).toMatchObject({ status: 'completed', name: 'case 7.tif', errors: [] });
    const whole = await client.createJobOf(slide, OPTIONS);
    await ended(whole.id);
    const all = (await (await whole.detections({ format: 'csv' })).text()).trim().split('\n');
    const left = all.filter((row, i) => i === 0 || Number(row.split(',')[0]) < 350);
    const rows = await rowsOf(job);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.length).toBeLessThan(all.length);
    expect(rows).toEqual(left);
  });

  it.each([
    ['a blob', () => slide],
    ['a stream', () => slide.stream()],
  ])('is what the client sends %s by when the regions are long', async (_name, body) => {
    const options = { ...OPTIONS, name: 'by the client', regions: [leftHalf] };
    const { id } = await client.createJobOf(body(), options);
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'completed', name: 'by the client', errors: [] });
    expect((await rowsOf(job)).length).toBeGreaterThan(10);
  });

  it.each<[string, [string, string | Blob, string?][], string, RegExp]>([
    ['no slide', [['dataset', 'consep']], 'BODY_INVALID', /file in it/],
    ['nothing', [], 'BODY_INVALID', /file in it/],
    ['a slide of another name', [['image', slide]], 'BODY_INVALID', /"image".*"slide"/],
    ['an empty slide', [['slide', new Blob([])]], 'BODY_EMPTY', /empty/],
    [
      'an option that there is not',
      [
        ['datasets', 'consep'],
        ['slide', slide],
      ],
      'INVALID_OPTIONS',
      /Did you mean dataset/,
    ],
    [
      'an option twice',
      [
        ['mpp', '1'],
        ['mpp', '2'],
        ['slide', slide],
      ],
      'INVALID_OPTIONS',
      /twice/,
    ],
    [
      'an option behind the slide',
      [
        ['slide', slide],
        ['mpp', '0.25'],
      ],
      'INVALID_OPTIONS',
      /"mpp" comes behind the slide/,
    ],
    [
      'two slides',
      [
        ['slide', slide],
        ['slide', slide],
      ],
      'INVALID_OPTIONS',
      /another file/,
    ],
    [
      'regions that are none',
      [
        ['regions', '['],
        ['slide', slide],
      ],
      'INVALID_OPTIONS',
      /not JSON/,
    ],
    [
      'too long a field',
      [
        ['name', 'x'.repeat(2 ** 20 + 1)],
        ['slide', slide],
      ],
      'BODY_TOO_LARGE',
      /larger than/,
    ],
    [
      'fields that are too long together',
      [...Array(3)].map((_, i) => [`a${i}`, 'x'.repeat(4e5)]),
      'BODY_TOO_LARGE',
      /larger than/,
    ],
    [
      'too many fields',
      [...Array(300)].map((_, i) => [`a${i}`, 'x']),
      'INVALID_OPTIONS',
      /more than 256 fields/,
    ],
  ])('refuses %s and keeps nothing', async (_name, entries, code, detail) => {
    const before = await stored();
    const answer = await problemOf(await post(form(...entries)));
    expect(answer.code).toBe(code);
    expect(answer.detail).toMatch(detail);
    expect(await stored()).toBe(before);
  });

  it.each([
    ['without a boundary', 'multipart/form-data', 'x', 'BODY_INVALID'],
    ['with another boundary', 'multipart/form-data; boundary=a', '--b\r\n\r\n', 'BODY_INVALID'],
    [
      'that breaks off in its slide',
      'multipart/form-data; boundary=a',
      '--a\r\nContent-Disposition: form-data; name="slide"; filename="a.tif"\r\n\r\nhalf a sl',
      'BODY_INVALID',
    ],
    [
      'that breaks off in a header',
      'multipart/form-data; boundary=a',
      '--a\r\nContent-Disposition: form-da',
      'BODY_INVALID',
    ],
  ])('refuses one %s', async (_name, type, body, code) => {
    const before = await stored();
    const answer = await problemOf(await post(body, { headers: { 'content-type': type } }));
    expect(answer.code).toBe(code);
    expect(await stored()).toBe(before);
  });

  it('refuses options in the query beside it', async () => {
    const answer = await fetch(`${url}/v1/jobs?mpp=1`, {
      method: 'POST',
      body: form(['slide', slide]),
    });
    expect((await problemOf(answer)).code).toBe('INVALID_OPTIONS');
  });

  it('leaves no file of what it refused', async () => {
    const uploads = await readdir(join(data, 'blobs', 'uploads')).catch(() => []);
    const { jobs } = await client.jobs();
    expect(uploads.length).toBeLessThanOrEqual(jobs.length);
    expect(uploads.filter((name) => !jobs.some(({ id }) => name.startsWith(id)))).toEqual([]);
  });
});
