/** Sources and regions that a job must not trust, over HTTP. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Job, type JobRequest, jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { serveLoopback } from '../../test/support/loopback.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';

const folder = tempFolder();
const slide = await cellPyramid(folder, 700, 500);
/** A server that knows no byte ranges. */
const server = await serveLoopback(({ url }, response) => {
  if (url === '/private') response.writeHead(302, { location: 'https://10.0.0.1/a.svs' }).end();
  else if (url === '/whole.tif') response.end(slide.file);
  else response.writeHead(404).end();
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
