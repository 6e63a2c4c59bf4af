/** Bodies larger than all memory of an isolate, on their way through the Worker. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobSchema } from '../shared/api/jobs/job-schemas.ts';
import { edgeForTests } from '../test/support/edge-worker.ts';
import { gpuForTests } from '../test/support/gpu-service.ts';
import { gpuStandIn } from '../test/support/gpu-stand-in.ts';
import { largeBody } from '../test/support/large-body.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const local = { UNICELL_ENV: 'local', MODEL: 'tiny' };
const bytes = 200 * 2 ** 20;

async function post(url: string, type: string, body: Blob | ReadableStream): Promise<unknown> {
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'content-type': type },
    body,
    duplex: 'half',
  };
  return (await fetch(url, init)).json();
}

describe('200 MB', async () => {
  const gpu = await gpuStandIn();
  const edge = await edgeForTests({ models, variables: { ...local, GPU_SERVICE_URL: gpu.url } });

  it.each([true, false])('pass without being held (length known: %s)', async (isKnown) => {
    const url = `${edge.url}/v1/detect?mpp=0.5&dataset=consep`;
    const answer = await post(url, 'image/png', largeBody(bytes, isKnown));
    expect(answer).toEqual({ tier: 'gpu', bytes });
  });
});

describe('200 MB for the real GPU service', async () => {
  const gpu = await gpuForTests({ MAX_BODY_BYTES: String(300 * 2 ** 20) });
  const edge = await edgeForTests({ models, variables: { ...local, GPU_SERVICE_URL: gpu.url } });
  const start = [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0];

  it('stream through a detection, whose answer says what is wrong', async () => {
    const url = `${edge.url}/v1/detect?mpp=0.5&dataset=consep`;
    expect(await post(url, 'image/tiff', largeBody(bytes, true, start))).toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      detail: expect.stringContaining('The picture'),
    });
  });

  it('stream through an upload, whose job says what is wrong', async () => {
    const url = `${edge.url}/v1/jobs?mpp=0.5&dataset=consep&priority=0`;
    const { id } = jobSchema.parse(await post(url, 'image/tiff', largeBody(bytes, false, start)));
    const job = await (await fetch(`${edge.url}/v1/jobs/${id}?wait=30`)).json();
    expect(job).toMatchObject({ status: 'failed', errors: [{ code: 'IMAGE_UNSUPPORTED' }] });
  });
});
