/** Storing in a PACS that takes some, none, or answers nonsense: what is said of each instance is true. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { byteStream } from '../../shared/api/http/byte-stream.ts';
import { dataSet } from '../../shared/dicom/data-set.ts';
import type { DicomJson } from '../../shared/dicom/dicom-json.ts';
import { DicomwebClient } from '../../shared/dicomweb/client.ts';
import { parseMediaType } from '../../shared/dicomweb/media-type.ts';
import { MultipartParser } from '../../shared/dicomweb/multipart-parser.ts';
import { type StowTarget, storeInstances } from '../../shared/dicomweb/stow.ts';
import type { StowInstance } from '../../shared/dicomweb/stow-body.ts';
import { UniCellError } from '../../shared/errors.ts';
import { Outbound } from '../../src-gpu/jobs/source/outbound.ts';
import { outboundNetwork } from '../../src-gpu/jobs/source/outbound-network.ts';
import { serveLoopback } from '../support/loopback.ts';

const STUDY = '2.25.1';
const files: Record<string, string> = { '2.25.11': 'annotations \r\n--x', '2.25.12': 'report' };
const instances: StowInstance[] = Object.entries(files).map(([instance, content], i) => ({
  series: `2.25.2${i}`,
  instance,
  open: async () => byteStream([new TextEncoder().encode(content)]),
}));
const uids = instances.map(({ instance }) => instance);

type Answer = (response: ServerResponse, sent: readonly string[], request: IncomingMessage) => void;

/** What the PACS has, by SOP Instance UID. */
const has = new Set<string>();
let answer: Answer;
let searches: 'work' | 'fail';
let posts: { headers: IncomingMessage['headers']; url: string; parts: string[] }[];
let server: Awaited<ReturnType<typeof serveLoopback>>;
let outbound: Outbound;
let target: StowTarget;

async function listen(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url!;
  if (request.method === 'GET') {
    if (searches === 'fail') return void response.writeHead(403).end();
    const series = /series\/([\d.]+)\//.exec(url)![1]!;
    const found = instances.filter((one) => one.series === series && has.has(one.instance));
    response.writeHead(200, { 'content-type': 'application/dicom+json' });
    response.end(JSON.stringify(found.map((one) => dataSet({ SOPInstanceUID: one.instance }))));
    return;
  }
  const { parameters } = parseMediaType(request.headers['content-type']);
  const parser = new MultipartParser(parameters.get('boundary')!, 2 ** 20);
  const parts: string[] = [];
  for await (const chunk of request) {
    for (const { bytes } of parser.push(chunk)) parts.push(new TextDecoder().decode(bytes));
  }
  parser.end();
  posts.push({ headers: request.headers, url, parts });
  answer(
    response,
    uids.filter((uid) => parts.includes(files[uid]!)),
    request,
  );
}

/** A reply as the standard has it, which names some instances as stored and some as failed. */
function reply(
  status: number,
  stored: Readonly<Record<string, number>>,
  failed: Readonly<Record<string, number>>,
): Answer {
  const item =
    (tag: string) =>
    ([uid, reason]: [string, number]) => ({
      ...dataSet({ ReferencedSOPInstanceUID: uid }),
      ...(reason === 0 ? {} : { [tag]: { vr: 'US', Value: [reason] } }),
    });
  const body: DicomJson = {
    '00081198': { vr: 'SQ', Value: Object.entries(failed).map(item('00081197')) },
    '00081199': { vr: 'SQ', Value: Object.entries(stored).map(item('00081196')) },
  };
  return (response) => {
    for (const uid of Object.keys(stored)) has.add(uid);
    response.writeHead(status, { 'content-type': 'application/dicom+json' });
    response.end(JSON.stringify(body));
  };
}

beforeAll(async () => {
  server = await serveLoopback((request, response) => {
    // A request that broke off.
    listen(request, response).catch(() => response.destroy());
  });
  outbound = new Outbound({ trusted: [server.host] });
  const network = outboundNetwork(outbound);
  const authorization = 'Bearer lent';
  const client = new DicomwebClient({ network, authorization });
  target = { client, network, authorization, root: `${server.url}/dw`, study: STUDY };
});
afterAll(async () => {
  await outbound.close();
  await server.close();
});
beforeEach(() => {
  has.clear();
  posts = [];
  searches = 'work';
});

describe('storing instances', () => {
  it('sends each as a part, with the credentials, and reads what became of it', async () => {
    answer = reply(200, { '2.25.11': 0xb000, '2.25.12': 0 }, {});
    expect(await storeInstances(target, instances)).toEqual([
      { instance: '2.25.11', outcome: 'stored', detail: 'data elements were coerced (B000)' },
      { instance: '2.25.12', outcome: 'stored', detail: null },
    ]);
    expect(posts).toMatchObject([
      {
        url: `/dw/studies/${STUDY}`,
        parts: Object.values(files),
        headers: { authorization: 'Bearer lent', accept: 'application/dicom+json' },
      },
    ]);
  });

  it.each([202, 409])('says which failed and why, whatever the status (%i)', async (status) => {
    answer = reply(status, { '2.25.12': 0 }, { '2.25.11': 0xa700 });
    expect(await storeInstances(target, instances)).toEqual([
      { instance: '2.25.11', outcome: 'failed', detail: 'out of resources (A700)' },
      { instance: '2.25.12', outcome: 'stored', detail: null },
    ]);
  });

  it('sends nothing that is there already, and counts it as such', async () => {
    has.add('2.25.11');
    answer = reply(200, { '2.25.12': 0 }, {});
    expect(await storeInstances(target, instances)).toMatchObject([
      { instance: '2.25.11', outcome: 'present' },
      { instance: '2.25.12', outcome: 'stored' },
    ]);
    expect(posts[0]!.parts).toEqual(['report']);
    expect(await storeInstances(target, instances)).toMatchObject([
      { outcome: 'present' },
      { outcome: 'present' },
    ]);
    expect(posts).toHaveLength(1);
  });

  it('believes a refusal as a duplicate only when the instance is there', async () => {
    answer = (response, sent, request) => {
      // Somebody else stores the first one meanwhile.
      has.add('2.25.11');
      reply(409, {}, { '2.25.11': 0x0111, '2.25.12': 0x0111 })(response, sent, request);
    };
    expect(await storeInstances(target, instances)).toMatchObject([
      { instance: '2.25.11', outcome: 'present' },
      { instance: '2.25.12', outcome: 'failed', detail: expect.stringContaining('(0111)') },
    ]);
  });

  it('asks for instances that the answer does not name', async () => {
    answer = (response) => {
      has.add('2.25.11');
      response.writeHead(200, { 'content-type': 'application/dicom+json' }).end('{}');
    };
    expect(await storeInstances(target, instances)).toEqual([
      { instance: '2.25.11', outcome: 'stored', detail: null },
      { instance: '2.25.12', outcome: 'failed', detail: 'The PACS did not say so.' },
    ]);
  });

  it('claims nothing where the PACS neither says nor can be asked', async () => {
    searches = 'fail';
    answer = (response) =>
      void response.writeHead(200, { 'content-type': 'application/dicom+json' }).end('{}');
    expect(await storeInstances(target, instances)).toMatchObject([
      { outcome: 'failed' },
      { outcome: 'failed' },
    ]);
  });

  it.each([
    ['HTML', 200, 'text/html', '<html>Log in</html>', 'DICOMWEB_INVALID'],
    ['HTML and 401', 401, 'text/html', '<html>Log in</html>', 'SOURCE_UNAUTHORIZED'],
    ['404', 404, 'text/plain', 'no such page', 'SOURCE_NOT_FOUND'],
    ['413', 413, 'text/plain', 'too much', 'DICOMWEB_INVALID'],
    ['503', 503, 'text/plain', 'later', 'SOURCE_UNREACHABLE'],
    ['half a JSON', 200, 'application/dicom+json', '{"00081199": {"vr": "SQ"', 'DICOMWEB_INVALID'],
  ])('fails by name for a PACS that answers %s', async (_name, status, type, body, code) => {
    answer = (response) => void response.writeHead(status, { 'content-type': type }).end(body);
    const stored = storeInstances(target, instances);
    await expect(stored).rejects.toMatchObject({ code });
    await expect(stored).rejects.not.toMatchObject({ message: expect.stringContaining('lent') });
  });

  it('looks what is there when the connection breaks after the PACS had all', async () => {
    answer = (response, sent) => {
      for (const uid of sent) has.add(uid);
      response.writeHead(200, { 'content-length': '100' });
      response.write('{');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await storeInstances(target, instances)).toMatchObject([
      { outcome: 'stored' },
      { outcome: 'stored' },
    ]);
  });

  it('says so when the connection breaks before', async () => {
    answer = (response) => void response.destroy();
    await expect(storeInstances(target, instances)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('broke off the connection'),
    });
  });

  it('stores nothing when a file cannot be made', async () => {
    const broken: StowInstance = {
      ...instances[1]!,
      open: async () =>
        byteStream(
          (function* () {
            yield new Uint8Array(10);
            throw new UniCellError('CANCELED', 'The disk is gone.');
          })(),
        ),
    };
    answer = reply(200, { '2.25.11': 0, '2.25.12': 0 }, {});
    await expect(storeInstances(target, [instances[0]!, broken])).rejects.toMatchObject({
      code: 'CANCELED',
    });
    expect([...has]).toEqual([]);
  });
});
