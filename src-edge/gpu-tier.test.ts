/** The edge before the real GPU service: one contract over both. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectionSchema } from '../shared/api/detect/detection-answer.ts';
import { jobSchema } from '../shared/api/jobs/job-schemas.ts';
import { decodePointTile } from '../shared/viewer/point-tile.ts';
import { cellPixels, encode } from '../test/api/images.ts';
import { edgeForTests } from '../test/support/edge-worker.ts';
import { gpuForTests } from '../test/support/gpu-service.ts';
import { largeBody } from '../test/support/large-body.ts';
import { cellPyramid } from '../test/support/pyramid.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const gpu = await gpuForTests();
const edge = await edgeForTests({
  models,
  variables: {
    UNICELL_ENV: 'local',
    MODEL: 'tiny',
    PREFERRED_WINDOWS: '4',
    GPU_SERVICE_URL: gpu.url,
  },
});
const slide = (await cellPyramid(tempFolder(), 900, 700)).file;

const post = (
  path: string,
  body: Blob | ReadableStream | Uint8Array<ArrayBuffer>,
  headers = {},
) => {
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'content-type': 'image/tiff', ...headers },
    body,
    duplex: 'half',
  };
  return fetch(`${edge.url}${path}`, init);
};

describe('the edge before the GPU service', () => {
  it('gives the same answer from both', async () => {
    const side = 150;
    const image = await encode(cellPixels(side, side, [[2, 1]]), side, side, 'png');
    const answers = [];
    for (const tier of ['edge', 'gpu']) {
      const path = `/v1/detect?mpp=0.5&dataset=consep&tier=${tier}`;
      const response = await post(path, image, { 'content-type': 'image/png' });
      expect(response.headers.get('x-unicell-tier')).toBe(tier);
      answers.push(detectionSchema.parse(await response.json()));
    }
    const [here, there] = answers;
    const { model, ...same } = here!;
    expect(there).toEqual({ ...same, tier: 'gpu', model: { ...model, provider: 'cpu' } });
  });

  it('streams a large body through, and gives the problem of who read it', async () => {
    const start = [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0];
    const bytes = 24 * 2 ** 20;
    const response = await post('/v1/detect?mpp=0.5&dataset=consep', largeBody(bytes, true, start));
    expect(await response.json()).toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      detail: expect.stringContaining('The picture'),
    });
    const made = await post(
      '/v1/jobs?mpp=0.5&dataset=consep&priority=0',
      largeBody(bytes, false, start),
    );
    const { id } = jobSchema.parse(await made.json());
    const job = await (await fetch(`${edge.url}/v1/jobs/${id}?wait=30`)).json();
    expect(job).toMatchObject({ status: 'failed', errors: [{ code: 'IMAGE_UNSUPPORTED' }] });
  });

  it('runs a slide as a job under its own host', async () => {
    const path = '/v1/jobs?mpp=0.5&dataset=consep&tissue=none&exports=csv';
    const made = await post(path, slide, { 'idempotency-key': 'k' });
    expect(made.status).toBe(202);
    const location = made.headers.get('location')!;
    const events = await (await fetch(`${edge.url}${location}/events`)).text();
    expect(events).toMatch(/event: status\ndata: .*completed/);
    const file = await fetch(`${edge.url}${location}/exports/consep.csv`, {
      headers: { range: 'bytes=0-15' },
    });
    expect([file.status, await file.text()]).toEqual([206, 'x,y,class,score\n']);
    const info = await (await fetch(`${edge.url}${location}/iiif/info.json`)).json();
    expect(info).toMatchObject({ id: `${edge.url}${location}/iiif`, width: 900, height: 700 });
    const image = await fetch(`${edge.url}${location}/image_files/10/1_0.jpeg`);
    expect(image.headers.get('content-type')).toBe('image/jpeg');
    const tile = await fetch(`${edge.url}${location}/points/consep/0/0/0`);
    const { total } = decodePointTile(new Uint8Array(await tile.arrayBuffer()));
    expect(total).toBeGreaterThan(1000);
    const erased = await fetch(`${edge.url}${location}`, { method: 'DELETE' });
    expect(erased.status).toBe(204);
  });

  it('has the viewer of the service behind it', async () => {
    for (const path of ['/viewer', '/viewer/viewer.js', '/viewer/overlay.js']) {
      const [here, there] = [await fetch(`${edge.url}${path}`), await fetch(`${gpu.url}${path}`)];
      expect([here.status, here.headers.get('content-type')]).toEqual([
        200,
        there.headers.get('content-type'),
      ]);
      expect((await here.text()) === (await there.text()), path).toBe(true);
    }
  });

  it('makes a job of a detection that does not want to wait', async () => {
    const response = await post('/v1/detect?mpp=0.5&dataset=consep', slide, {
      prefer: 'respond-async',
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    const { id } = jobSchema.parse(await response.json());
    const job = await (await fetch(`${edge.url}/v1/jobs/${id}?wait=30`)).json();
    expect(job).toMatchObject({ status: 'completed', image: { width: 900 } });
  });
});
