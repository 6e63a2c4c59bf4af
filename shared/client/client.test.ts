import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellPixels, encode } from '../../test/api/images.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { serveLoopback } from '../../test/support/loopback.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { UniCellClient, UniCellProblem } from './client.ts';

const folder = tempFolder();
const service = await gpuForTests({ SLIDE_FOLDERS: folder });
const slide = await cellPyramid(folder, 900, 700);
const unicell = new UniCellClient({ url: `${service.url}/` });
const cells: [number, number][] = [
  [1, 1],
  [5, 3],
];
const png = await encode(cellPixels(64, 64, cells), 64, 64, 'png');
const options = { dataset: 'consep', mpp: 0.5 };

describe('the client', () => {
  it.each([
    ['bytes', png],
    ['a buffer', png.buffer.slice(png.byteOffset, png.byteOffset + png.length)],
    ['a blob', new Blob([png])],
    ['pixels', { rgb: new Uint8Array(cellPixels(64, 64, cells)), width: 64, height: 64 }],
  ])('detects nuclei in %s', async (_, picture) => {
    const { tier, image, datasets, results } = await unicell.detect(picture, options);
    expect([tier, image.width, datasets[0]!.total.count]).toEqual(['gpu', 64, 2]);
    expect(results[0]!.nuclei).toHaveLength(2);
  });

  it('gets other formats as they are', async () => {
    const response = await unicell.detectAs('csv', png, options);
    expect((await response.text()).split('\n')[0]).toBe('x,y,class,score');
  });

  it('makes a job of a slide, follows it to its end and gets its files', async () => {
    const job = await unicell.createJobOf(new Blob([slide.file]), {
      ...options,
      dataset: ['consep', 'ocelot'],
      tissue: 'none',
      exports: ['csv'],
      regions: [
        {
          type: 'Polygon',
          coordinates: [
            [
              [0, 0],
              [900, 0],
              [900, 350],
              [0, 350],
              [0, 0],
            ],
          ],
        },
      ],
    });
    const seen: number[] = [];
    const statuses: unknown[] = [];
    for await (const { id, type, data } of job.events()) {
      seen.push(id);
      if (type === 'status') statuses.push((data as { status: string }).status);
    }
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    expect(statuses.at(-1)).toBe('completed');
    const ended = await job.wait();
    expect(ended.exports.map(({ name }) => name)).toEqual([
      'upload.consep.csv',
      'upload.ocelot.csv',
    ]);
    const rows = (await (await job.file('consep.csv')).text()).trim().split('\n').slice(1);
    expect(rows.length).toBe(ended.results[0]!.total);
    expect(rows.every((row) => Number(row.split(',')[1]) < 350)).toBe(true);
    const found = await job.detections({
      dataset: 'consep',
      format: 'csv',
      bbox: [0, 0, 100, 100],
    });
    const inBox = rows.filter((row) =>
      row
        .split(',')
        .slice(0, 2)
        .every((place) => Number(place) < 100),
    );
    expect((await found.text()).trim().split('\n').slice(1)).toEqual(inBox);
    expect((await unicell.jobs({ limit: 5 })).jobs.map(({ id }) => id)).toContain(job.id);
    await job.delete();
    await expect(job.get()).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it('estimates a job, and makes one for one idempotency key', async () => {
    const request = { ...options, source: { type: 'path', path: slide.path } } as const;
    expect((await unicell.estimate(request)).image).toMatchObject({ width: 900, height: 700 });
    const [one, other] = await Promise.all([
      unicell.createJob(request, { idempotencyKey: 'a' }),
      unicell.createJob(request, { idempotencyKey: 'a' }),
    ]);
    expect(one.id).toBe(other.id);
    await one.wait();
  });

  it('scores predictions', async () => {
    const points = [{ x: 3, y: 4, class: 'epithelial' }];
    const report = await unicell.score({
      ...{ dataset: 'consep', mpp: 0.25 },
      ...{ truth: points, predictions: points },
    });
    expect(report.fd).toBe(1);
  });

  it('throws what the service says as a problem', async () => {
    const asked = unicell.detect(png, { dataset: 'conseq', mpp: 0.5 });
    await expect(asked).rejects.toBeInstanceOf(UniCellProblem);
    await expect(asked).rejects.toMatchObject({
      status: 422,
      code: 'DATASET_UNKNOWN',
      message: expect.stringContaining('conseq'),
      requestId: expect.stringMatching(/./),
    });
  });
});

describe('a service that is busy, or somebody else', () => {
  let answers: RequestListener[] = [];
  let asked: { method: string; key: string | undefined }[] = [];
  let server: Awaited<ReturnType<typeof serveLoopback>>;
  beforeAll(async () => {
    server = await serveLoopback((request, response) => {
      const key = request.headers['idempotency-key'] as string | undefined;
      asked.push({ method: request.method!, key });
      request.resume().on('end', () => answers.shift()!(request, response));
    });
  });
  afterAll(() => server.close());
  const busy: RequestListener = (_, response) => {
    const head = { 'retry-after': '0', 'content-type': 'application/problem+json' };
    response.writeHead(503, head).end('{"code":"OVERLOADED","detail":"Later."}');
  };
  const made: RequestListener = (_, response) => void response.end('{"id":"7"}');
  const lost: RequestListener = (request) => void request.socket.destroy();
  const begin = (...given: RequestListener[]) => {
    answers = given;
    asked = [];
    return new UniCellClient({ url: server.url });
  };

  it('is asked again, with the same key of idempotency', async () => {
    const client = begin(busy, lost, made);
    expect((await client.createJobOf(new Blob(['slide']))).id).toBe('7');
    expect(asked).toHaveLength(3);
    expect(new Set(asked.map(({ key }) => key)).size).toBe(1);
  });

  it('is not asked again with a stream, which is gone, or what may not come twice', async () => {
    const stream = new Blob(['slide']).stream();
    await expect(begin(busy).createJobOf(stream)).rejects.toMatchObject({ code: 'OVERLOADED' });
    await expect(begin(busy).job('7').cancel()).rejects.toMatchObject({ retryAfterMs: 0 });
    expect(asked).toHaveLength(1);
  });

  it('is given up in the end, or when the caller gives up', async () => {
    await expect(begin(busy, busy, busy).jobs()).rejects.toMatchObject({ status: 503 });
    const wait: RequestListener = (_, response) =>
      void response.writeHead(503, { 'retry-after': '30' }).end();
    const client = begin(wait, wait);
    const signal = AbortSignal.timeout(200);
    await expect(client.detect(png, options, { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(asked).toHaveLength(1);
  });

  it('is told apart from a proxy', async () => {
    const html: RequestListener = (_, response) => void response.writeHead(404).end('<html>');
    await expect(begin(html).jobs()).rejects.toMatchObject({
      code: 'HTTP_ERROR',
      message: 'The server answered 404.',
    });
  });

  it('that breaks off in the middle of the events is asked for the rest', async () => {
    const event = (id: number) => `id: ${id}\nevent: progress\ndata: {"n":${id}}\n\n`;
    const events =
      (ids: number[], isCut: boolean): RequestListener =>
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(ids.map(event).join(''), () =>
          isCut ? response.destroy() : response.end(),
        );
      };
    const none: RequestListener = (_, response) => void response.writeHead(204).end();
    const client = begin(events([1, 2], true), events([3], false), none);
    const seen: number[] = [];
    for await (const { id } of client.job('7').events()) seen.push(id);
    expect(seen).toEqual([1, 2, 3]);
  });
});
