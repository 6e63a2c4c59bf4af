/** Sources and regions that a job must not trust, over HTTP. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Job, type JobRequest, jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { serveLoopback } from '../../test/support/loopback.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { saveZarr, type ZarrTree, zarrTree } from '../../test/support/zarr-files.ts';
import { openImage } from '../slides/open-image.ts';

const folder = tempFolder();
const slide = await cellPyramid(folder, 700, 500);
/** Two images, of which the first is the slide. */
const { raster } = await openImage(slide.path);
const several: ZarrTree = new Map();
several.set('.zattrs', Buffer.from('{"bioformats2raw.layout": 3}'));
const small = { width: 200, height: 100, data: raster.data.subarray(0, 200 * 100 * 3) };
for (const [name, image] of Object.entries({ 0: raster, 1: small })) {
  for (const [key, bytes] of zarrTree(image, { version: '0.4' }))
    several.set(`${name}/${key}`, bytes);
}
saveZarr(several, join(folder, 'several.zarr'));
/** A server that knows no byte ranges. */
const server = await serveLoopback(({ url }, response) => {
  if (url === '/private') response.writeHead(302, { location: 'https://10.0.0.1/a.svs' }).end();
  else if (url === '/whole.tif') response.end(slide.file);
  else if (url?.startsWith('/away.zarr/')) {
    response.writeHead(302, { location: 'https://10.0.0.1/away.zarr/zarr.json' }).end();
  } else if (several.has(url!.replace('/several.zarr/', ''))) {
    response.end(several.get(url!.replace('/several.zarr/', '')));
  } else response.writeHead(404).end();
});
afterAll(() => server.close());
const { url } = await gpuForTests({ SLIDE_FOLDERS: folder, TRUSTED_HOSTS: server.host });

async function run(change: Partial<JobRequest>): Promise<Job> {
  const body = { dataset: 'consep', mpp: 0.5, tissue: 'none', exports: ['csv'], ...change };
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${url}/v1/jobs`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const { id } = jobSchema.parse(await made.json());
  for (;;) {
    const job = jobSchema.parse(await (await fetch(`${url}/v1/jobs/${id}?wait=20`)).json());
    if (job.finishedAt !== null) return job;
  }
}
const ofUrl = (path: string) => run({ source: { type: 'url', url: `${server.url}${path}` } });
const rowsOf = async ({ id }: Job) =>
  (await (await fetch(`${url}/v1/jobs/${id}/exports/consep.csv`)).text()).trim().split('\n');

describe('a slide behind a URL', () => {
  it('is copied from a server without ranges', async () => {
    const job = await ofUrl('/whole.tif');
    expect(job).toMatchObject({ status: 'completed', errors: [] });
    const byPath = await run({ source: { type: 'path', path: slide.path } });
    expect(await rowsOf(job)).toEqual(await rowsOf(byPath));
  });

  it.each([
    ['/private', 'SOURCE_FORBIDDEN'],
    ['/missing', 'SOURCE_NOT_FOUND'],
  ])('that answers at %s fails by name', async (path, code) => {
    const job = await ofUrl(path);
    expect(job).toMatchObject({ status: 'failed', errors: [{ code }] });
  });
});

describe('an OME-Zarr', () => {
  const path = { type: 'path', path: 'several.zarr' } as const;

  it('gives by path and by URL what its pixels give as a TIFF, and its tiles', async () => {
    const [near, far, tiff] = await Promise.all([
      run({ source: path }),
      ofUrl('/several.zarr'),
      run({ source: { type: 'path', path: slide.path } }),
    ]);
    for (const job of [near, far]) {
      expect(job).toMatchObject({ status: 'completed', image: { reader: 'zarr' }, errors: [] });
      expect(job.warnings.map(({ code }) => code)).toContain('SERIES_NOT_READ');
      expect(await rowsOf(job)).toEqual(await rowsOf(tiff));
    }
    expect(near.name).toBe('several.zarr');
    const tile = await fetch(`${url}/v1/jobs/${far.id}/image_files/10/0_0.jpeg`);
    expect([tile.status, tile.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    await tile.body?.cancel();
  });

  it('is read as the option series says', async () => {
    const job = await run({ source: path, series: 1 });
    expect(job).toMatchObject({ status: 'completed', image: { width: 200, height: 100 } });
    const none = await run({ source: path, series: 2 });
    expect(none).toMatchObject({ status: 'failed', errors: [{ code: 'INVALID_OPTIONS' }] });
    expect(none.errors[0]!.detail).toMatch(/^The slide has no image 2 to read; it has 0, 1/);
    const plain = await run({ source: { type: 'path', path: slide.path }, series: 3 });
    expect(plain.errors[0]!.detail).toMatch(/^The slide has no image 3 to read/);
  });

  it.each([
    ['/away.zarr', 'SOURCE_FORBIDDEN', /10\.0\.0\.1/],
    ['/missing.zarr', 'SOURCE_NOT_FOUND', /neither zarr\.json nor/],
  ])('that answers at %s fails by name', async (address, code, message) => {
    const job = await ofUrl(address);
    expect(job).toMatchObject({ status: 'failed', errors: [{ code }] });
    expect(job.errors[0]!.detail).toMatch(message);
  });

  it('is refused with series where a PACS is the source', async () => {
    const source = {
      type: 'dicomweb',
      root: 'https://pacs.example.org',
      study: '1.2',
      series: '1.3',
    };
    const response = await fetch(`${url}/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dataset: 'consep', source, series: 1 }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'INVALID_OPTIONS' });
  });
});

describe('a region that crosses itself', () => {
  it('takes in what the even-odd rule says', async () => {
    // A bow tie: the left and the right triangle, without what lies above and below the crossing.
    const bowTie = [
      [
        [0, 0],
        [700, 500],
        [700, 0],
        [0, 500],
        [0, 0],
      ],
    ] as [number, number][][];
    const source = { type: 'path', path: slide.path } as const;
    const [all, inside] = await Promise.all([
      run({ source }).then(rowsOf),
      run({ source, regions: [{ type: 'Polygon', coordinates: bowTie }] }).then(rowsOf),
    ]);
    const isInside = (row: string) => {
      const [x, y] = row.split(',').map(Number) as [number, number];
      return Math.abs(y / 500 - 0.5) < Math.abs(x / 700 - 0.5);
    };
    expect(inside.slice(1)).toEqual(all.slice(1).filter(isInside));
    expect(inside.length).toBeGreaterThan(1);
    expect(inside.length).toBeLessThan(all.length);
  });
});
