/**
 * Slides on servers that stand still: whoever gives up is let go at once, and so is the server.
 */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../shared/api/http/caller.ts';
import { jobRequestSchema } from '../../shared/api/jobs/job-schemas.ts';
import { openS3BlobStore } from '../../src-gpu/blobs/s3-blob-store.ts';
import type { EngineHost } from '../../src-gpu/engine/engine-host.ts';
import { openEngineHost } from '../../src-gpu/engine/open-engine-host.ts';
import type { Jobs } from '../../src-gpu/service/open-jobs.ts';
import { DicomwebServer } from '../support/dicomweb-server.ts';
import { openTestJobs } from '../support/job-node.ts';
import { serveLoopback } from '../support/loopback.ts';
import { cellPyramid } from '../support/pyramid.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { SERIES, STUDY, wholeSlideSeries } from '../support/whole-slide-series.ts';

const root = tempFolder();
const caller: Caller = { id: 'alice', scopes: ['jobs'] };
let slide: Uint8Array<ArrayBuffer>;
let host: EngineHost;
let jobs: Jobs;
let server: Awaited<ReturnType<typeof serveLoopback>>;
let pacs: DicomwebServer;
/** Answers that do not come to their end. */
let held: ServerResponse[] = [];
/** Bytes that came one by one. */
let drips = 0;

/** Keeps an answer open for ever. */
function hold(response: ServerResponse): void {
  held.push(response);
}

function drip(response: ServerResponse): void {
  hold(response);
  const timer = setInterval(() => {
    response.write('x');
    drips++;
  }, 100);
  response.on('close', () => clearInterval(timer));
}

/** `/KIND.tif`; `later` is after the first request, for the header, which is answered well. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const kind = /^\/([a-z-]+)\./.exec(request.url!)?.[1];
  const end = Math.min(Number(to), slide.length - 1);
  const range = { 'content-range': `bytes ${from}-${end}/${slide.length}` };
  const isHeader = from === '0';
  if (kind === 'silent' || (kind === 'silent-later' && !isHeader)) hold(response);
  else if (kind === 'dripping-later' && !isHeader) drip(response.writeHead(206, range));
  else if (kind === 'whole-dripping') drip(response.writeHead(200));
  else response.writeHead(206, range).end(slide.subarray(Number(from), end + 1));
}

beforeAll(async () => {
  ({ file: slide } = await cellPyramid(root, 1500, 1300, 'none'));
  mkdirSync(join(root, 'data'));
  await writeTinyModel(join(root, 'tiny'));
  host = await openEngineHost({ model: join(root, 'tiny'), ep: 'cpu', threads: 1 });
  server = await serveLoopback(answer);
  const image = { width: 300, height: 170, data: new Uint8Array(300 * 170 * 3) };
  const series = { coding: 'plain', organisation: 'TILED_FULL', levels: 1 } as const;
  pacs = await DicomwebServer.start(await wholeSlideSeries(image, series));
  jobs = await openTestJobs(root, {
    host,
    leaseMs: 600_000,
    maxDownloadBytes: 2 ** 30,
    trusted: { slides: [server.host], pacs: [pacs.root], webhooks: [] },
  });
});
afterAll(async () => {
  await jobs?.close();
  await host?.close();
  await server?.close();
  await pacs?.close();
});

async function begin(source: object): Promise<string> {
  const request = jobRequestSchema.parse({ source, dataset: 'consep', mpp: 0.5, tissue: 'none' });
  const context = { caller, idempotencyKey: undefined };
  return (await jobs.service.create(request, context)).id;
}

async function isHeld(count: number): Promise<void> {
  await expect.poll(() => held.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(count);
}

/** Without a signal each of these would take half a minute and more, and be tried again. */
const PROMPT = { timeout: 20_000 };

async function expectLetGo(): Promise<void> {
  await expect.poll(() => jobs.stats()!.running, PROMPT).toBe(0);
  await expect
    .poll(() => held.every((response) => response.closed || response.destroyed), PROMPT)
    .toBe(true);
  held = [];
}

describe('a job that is canceled', () => {
  it.each(['silent', 'silent-later', 'dripping-later', 'whole-dripping'])(
    'leaves a server that is %s',
    async (kind) => {
      const id = await begin({ type: 'url', url: `${server.url}/${kind}.tif` });
      await isHeld(1);
      // Long enough for the lease to have been looked at, and to be waiting for a change.
      const enough = drips + 15;
      if (kind.includes('dripping')) await expect.poll(() => drips, PROMPT).toBeGreaterThan(enough);
      await jobs.service.cancel(id, caller);
      await expectLetGo();
    },
  );

  it.each(['metadata', 'frames'])('leaves a PACS that is silent at its %s', async (what) => {
    pacs.misbehaviour = {
      intercept: (request, response) => {
        if (!request.url!.includes(`/${what}`)) return false;
        hold(response);
        return true;
      },
    };
    const id = await begin({ type: 'dicomweb', root: pacs.root, study: STUDY, series: SERIES });
    await isHeld(1);
    await jobs.service.cancel(id, caller);
    await expectLetGo();
  });
});

it('a viewer that goes does not stop the read that another waits for', async () => {
  const id = await begin({ type: 'url', url: `${server.url}/silent-later.tif` });
  await isHeld(1);
  const viewer = new AbortController();
  const tile = jobs.viewer.image(
    id,
    caller,
    () => ({
      region: { x: 0, y: 0, width: 64, height: 64 },
      level: { width: 1500, height: 1300 },
      width: 64,
      height: 64,
      rotation: 0,
      isMirrored: false,
      isGrey: false,
      format: 'png',
    }),
    viewer.signal,
  );
  const before = held.length;
  viewer.abort();
  await expect(tile).rejects.toMatchObject({ code: 'CANCELED' });
  expect(jobs.stats()!.running).toBeGreaterThan(0);
  expect(held.slice(0, before).some((response) => !response.destroyed)).toBe(true);
  await jobs.service.cancel(id, caller);
  await expectLetGo();
});

it('a copy from an object store that stands still is given up with who waits for it', async () => {
  const store = await serveLoopback((request, response) => {
    const isList = request.url!.includes('list-type');
    if (isList)
      return response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
    response.writeHead(200, { 'content-length': 1e9, etag: '"a"' });
    if (request.method === 'HEAD') response.end();
    else drip(response);
  });
  const blobs = await openS3BlobStore({
    endpoint: store.url,
    bucket: 'slides',
    accessKeyId: 'a',
    secretAccessKey: 'b',
    cacheFolder: join(root, 'cache'),
  });
  const patience = new AbortController();
  const copy = blobs.localPath('slide.tif', patience.signal);
  await isHeld(1);
  const closed = once(held[0]!, 'close');
  patience.abort();
  await expect(copy).rejects.toMatchObject({ code: 'CANCELED' });
  await closed;
  held = [];
  await blobs.close();
  await store.close();
});
