/** Refusals that wrangler's development proxy hides: it holds an answer back until the body has come. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cellPixels, encode } from '../test/api/images.ts';
import { startPlainWorkerd } from '../test/support/plain-workerd.ts';
import { startUpload } from '../test/support/start-upload.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const edge = await startPlainWorkerd({
  models,
  variables: {
    UNICELL_ENV: 'local',
    MODEL: 'tiny',
    MAX_WINDOWS: '4000',
    QUEUE_PLACES: '2',
    QUEUE_WAIT_MS: '60000',
  },
});
afterAll(() => edge.close());
const side = 1500;
const body = await encode(cellPixels(side, side, [[2, 1]]), side, side, 'png');
const detect = (name: string) =>
  fetch(`${edge.url}/v1/detect?mpp=0.5&dataset=consep&name=${name}`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body,
  });

describe('before the body has come', () => {
  it('a request is refused while all places are taken', async () => {
    let answer: Awaited<ReturnType<typeof startUpload>>;
    // Three pictures at any time, one for each place, until the fourth request is refused.
    const statuses: number[] = [];
    const keepBusy = async (name: string) => {
      do {
        const { status } = await detect(name);
        statuses.push(status);
      } while (answer === undefined);
    };
    const busy = ['a', 'b', 'c'].map(keepBusy);
    // One that comes between two pictures is let in, and given up.
    while (answer === undefined) answer = await startUpload(edge.url, 2000);
    expect(answer).toMatchObject({ status: 503, code: 'OVERLOADED', retryAfter: '2' });
    await Promise.all(busy);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('a request is refused whose body is too large', async () => {
    const answer = await startUpload(edge.url, 30_000, 9 * 2 ** 20);
    expect(answer).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
  });
});
