import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DicomwebServer, multipart } from '../../test/support/dicomweb-server.ts';
import { RecordingNetwork } from '../../test/support/recording-network.ts';
import {
  labelInstance,
  SERIES,
  STUDY,
  type StoredInstance,
  wholeSlideSeries,
} from '../../test/support/whole-slide-series.ts';
import { DicomwebClient } from './client.ts';

const image = { width: 128, height: 64, data: new Uint8Array(128 * 64 * 3).fill(200) };
const syntax = '1.2.840.10008.1.2.1';

let server: DicomwebServer;
let slide: StoredInstance;
let network: RecordingNetwork;
let client: DicomwebClient;
beforeAll(async () => {
  [slide] = (await wholeSlideSeries(image, { coding: 'plain', levels: 1 })) as [StoredInstance];
  const others = Array.from({ length: 449 }, (_, i) => labelInstance(`1.9.${i}`));
  server = await DicomwebServer.start([slide, ...others]);
});
afterAll(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
  server.headers.length = 0;
  server.misbehaviour = {};
  network = new RecordingNetwork();
  client = new DicomwebClient({ network });
});

const series = () => ({ root: server.root, study: STUDY, series: SERIES });
const instance = () => ({ ...series(), instance: slide.uid });

/** Answers the first requests in these ways, and the others as usual. */
function first(...answers: ((response: ServerResponse) => void)[]): void {
  const intercept = (_: IncomingMessage, response: ServerResponse) => {
    const answer = answers.shift();
    answer?.(response);
    return answer !== undefined;
  };
  server.misbehaviour = { intercept };
}

function always(answer: (response: ServerResponse, request: IncomingMessage) => boolean): void {
  server.misbehaviour = { intercept: (request, response) => answer(response, request) };
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end('{}');

describe('a search', () => {
  it('goes on until all pages are there', async () => {
    expect(await client.searchInstances(series(), ['00080008'])).toHaveLength(450);
    expect(server.asked.map((path) => /offset=(\d+)/.exec(path)?.[1])).toEqual(['0', '200', '400']);
  });

  it('ends at a server that knows no pages', async () => {
    const page = Array.from({ length: 300 }, (_, i) => labelInstance(`1.8.${i}`).data);
    always((response) => {
      response.writeHead(200, { 'content-type': 'application/dicom+json' });
      response.end(JSON.stringify(page));
      return true;
    });
    expect(await client.searchInstances(series(), [])).toHaveLength(300);
    expect(server.asked).toHaveLength(2);
  });

  it('finds nothing in no content', async () => {
    first(status(204));
    expect(await client.searchSeries(series())).toEqual([]);
  });
});

describe('a request', () => {
  it.each([
    ['500', status(500), [250]],
    ['503, when it says how long', status(503, { 'retry-after': '2' }), [2000]],
    ['429', status(429, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }), [250]],
    ['a connection that breaks', (response: ServerResponse) => void response.destroy(), [250]],
    [
      'half an answer',
      (response: ServerResponse) => {
        response.writeHead(200, {
          'content-length': '1000',
          'content-type': 'application/dicom+json',
        });
        response.write('[{"0008');
        setTimeout(() => response.destroy(), 20);
      },
      [250],
    ],
  ])('is sent again after %s', async (_name, answer, pauses) => {
    first(answer);
    expect(await client.metadata(instance())).toEqual(slide.data);
    expect(network.pausesMs).toEqual(pauses);
  });

  it.each([
    ['a server that stays broken', status(502), [250, 1000, 4000]],
    ['one that wants too long a pause', status(503, { 'retry-after': '3600' }), []],
  ])('is given up with %s', async (_name, answer, pauses) => {
    always((response) => {
      answer(response);
      return true;
    });
    await expect(client.metadata(instance())).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect(network.pausesMs).toEqual(pauses);
  });

  it('is given up when nothing comes in time', async () => {
    const hasty = new RecordingNetwork();
    hasty.deadline = () => AbortSignal.timeout(30);
    always(() => true);
    const asking = new DicomwebClient({ network: hasty }).metadata(instance());
    await expect(asking).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('within 120 s'),
    });
  });

  it('is given up when nobody waits any more, also in a pause', async () => {
    const patience = new AbortController();
    network.pause = () => new Promise(() => {});
    const asking = new DicomwebClient({ network, patience: patience.signal }).metadata(instance());
    first(status(503), status(503));
    setTimeout(() => patience.abort(), 50);
    await expect(asking).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('did not answer in time'),
    });
  });

  it.each([
    [401, 'SOURCE_UNAUTHORIZED', /without credentials/],
    [403, 'SOURCE_UNAUTHORIZED', /without credentials/],
    [404, 'SOURCE_NOT_FOUND', /has no \/dicom-web\/studies/],
    [418, 'DICOMWEB_INVALID', /answered 418/],
  ])('that is answered %i is not sent again', async (code, expected, message) => {
    first(status(code));
    await expect(client.metadata(instance())).rejects.toMatchObject({
      code: expected,
      message: expect.stringMatching(message),
    });
    expect(server.asked).toHaveLength(1);
  });

  it('carries credentials, and no error tells them', async () => {
    const secret = 'Bearer very-secret';
    const bearer = new DicomwebClient({ network, authorization: secret });
    first(status(401));
    const error = await bearer.metadata(instance()).catch((one) => one);
    expect(server.headers[0]!.authorization).toBe(secret);
    expect(JSON.stringify([error, String(error), error.stack])).not.toContain('very-secret');
    expect(error.message).toMatch(/refused the credentials that were sent/);
  });

  it.each([
    [
      'HTML',
      'text/html',
      '<!doctype html><title>Log in</title>',
      /text\/html.*<!doctype html>.*login page/,
    ],
    ['HTML under a false name', 'application/dicom+json', '<html>', /no DICOM JSON/],
    ['another JSON', 'application/json', '{"error":"no"}', /no DICOM JSON/],
    ['nothing', 'application/dicom+json', '', /no DICOM JSON/],
    ['several data sets', 'application/dicom+json', '[{},{}]', /2 data sets/],
  ])('that is answered with %s says so', async (_name, type, body, message) => {
    first((response) => void response.writeHead(200, { 'content-type': type }).end(body));
    await expect(client.metadata(instance())).rejects.toMatchObject({
      code: 'DICOMWEB_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('does not read metadata without end', async () => {
    const small = new DicomwebClient({ network, maxJsonBytes: 500 });
    await expect(small.metadata(instance())).rejects.toMatchObject({ code: 'DICOMWEB_INVALID' });
  });

  it('waits until fewer than so many run', async () => {
    let [running, most] = [0, 0];
    always((response) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running -= 1;
        multipart(response, [Uint8Array.of(1)], syntax);
      }, 10);
      return true;
    });
    const narrow = new DicomwebClient({ network, requestsAtOnce: 3 });
    await Promise.all(Array.from({ length: 10 }, () => narrow.frames(instance(), [1])));
    expect([server.asked.length, most]).toEqual([10, 3]);
  });
});

describe('frames', () => {
  it('come in the order in which they were asked for', async () => {
    const frames = await client.frames(instance(), [2, 1]);
    expect(frames.map(({ bytes }) => bytes)).toEqual([slide.frames[1], slide.frames[0]]);
    expect(frames[0]).toMatchObject({
      mediaType: 'application/octet-stream',
      transferSyntax: syntax,
    });
  });

  it.each([
    ['half a multipart', false, 2, /half a multipart: it ended in part 2/],
    ['too few', true, 1, /sent 1 frames when 2 were asked for/],
    ['too many', true, 3, /sent 3 frames when 2 were asked for/],
    ['none', true, 0, /sent 0 frames when 2/],
  ])('are refused when they come as %s', async (_name, ends, count, message) => {
    const frames = Array.from({ length: count }, () => Uint8Array.of(1, 2));
    first((response) => multipart(response, frames, syntax, ends));
    await expect(client.frames(instance(), [1, 2])).rejects.toMatchObject({
      code: 'DICOMWEB_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('are refused as HTML', async () => {
    first(
      (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    );
    await expect(client.frames(instance(), [1])).rejects.toMatchObject({
      code: 'DICOMWEB_INVALID',
      message: expect.stringMatching(/text\/html instead of frames.*<html>/),
    });
  });

  it('may come without a multipart', async () => {
    const bytes = Buffer.from(slide.frames[0]!);
    first((response) => void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(bytes));
    const [frame] = await client.frames(instance(), [1]);
    expect([frame!.mediaType, frame!.bytes.length]).toEqual(['image/jpeg', bytes.length]);
  });

  it('are asked for one by one where the server gives no more', async () => {
    always((response, { url }) => {
      if (!url!.includes(',')) return false;
      status(400)(response);
      return true;
    });
    expect(await client.frames(instance(), [1, 2])).toHaveLength(2);
    server.asked.length = 0;
    expect(await client.frames(instance(), [2, 1])).toHaveLength(2);
    expect(server.asked.map((path) => path.split('/').at(-1)).sort()).toEqual(['1', '2']);
  });

  it('are asked for by name where the server does not give them as they are', async () => {
    always((response, { headers }) => {
      if (!headers.accept!.includes('*')) return false;
      status(406)(response);
      return true;
    });
    await client.frames(instance(), [1]);
    server.headers.length = 0;
    await client.frames(instance(), [2]);
    expect(server.headers.map(({ accept }) => accept)).toEqual([
      expect.stringContaining('image/jpeg'),
    ]);
  });
});
