/** Frames of a PACS at the edge: the Worker's own code in workerd, with a PACS at a public name. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { detectionSchema } from '../shared/api/detect/detection-answer.ts';
import { cellPixels } from '../test/api/images.ts';
import { DicomwebServer } from '../test/support/dicomweb-server.ts';
import { gpuStandIn } from '../test/support/gpu-stand-in.ts';
import { type PlainWorkerd, startPlainWorkerd } from '../test/support/plain-workerd.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';
import {
  labelInstance,
  SERIES,
  STUDY,
  type StoredInstance,
  text,
  wholeSlideSeries,
} from '../test/support/whole-slide-series.ts';

const root = 'https://pacs.example.org/dicom-web';
const cells: [number, number][] = [
  [2, 1],
  [7, 6],
];
const picture = { width: 64, height: 64, data: cellPixels(64, 64, cells) };
const found = [
  { x: 20, y: 12 },
  { x: 60, y: 52 },
];
const label = labelInstance(`${SERIES}.9`);

const gpu = await gpuStandIn();
let pacs: DicomwebServer;
let slides: StoredInstance[];
let large: StoredInstance;
let edge: PlainWorkerd;
beforeAll(async () => {
  const jpeg = await wholeSlideSeries(picture, { levels: 1 });
  const plain = await wholeSlideSeries(picture, { levels: 1, coding: 'plain' });
  const [first, second] = [jpeg[0]!, plain[0]!];
  const foreign = Uint8Array.of(0xff, 0x4f, 0xff, 0x51, 0, 1, 2, 3);
  slides = [
    first,
    { ...second, uid: `${SERIES}.2` },
    { ...first, uid: `${SERIES}.3`, frames: [foreign], transferSyntax: '1.2.840.10008.1.2.4.90' },
  ];
  large = {
    ...first,
    uid: `${SERIES}.4`,
    data: { ...first.data, '00204000': text('LT', 'x'.repeat(5e6)) },
  };
  pacs = await DicomwebServer.start([...slides, large, label]);
  const folder = tempFolder();
  await writeTinyModel(join(folder, 'tiny'));
  edge = await startPlainWorkerd({
    models: folder,
    variables: {
      UNICELL_ENV: 'local',
      MODEL: 'tiny',
      GPU_SERVICE_URL: gpu.url,
      DICOMWEB_CREDENTIALS: JSON.stringify({ [root]: { bearer: 'of-the-service' } }),
    },
    // The Worker reaches only public names over https; this one lies here.
    prelude: `const reach = globalThis.fetch;
globalThis.fetch = (url, init) =>
  reach(String(url).replace('https://pacs.example.org', 'http://${pacs.host}'), init);`,
  });
});
afterAll(async () => {
  await edge?.close();
  await pacs?.close();
});
beforeEach(() => {
  pacs.asked.length = 0;
  pacs.headers.length = 0;
  pacs.misbehaviour = {};
});

const place = (uid: string) => ({ root, study: STUDY, series: SERIES, instance: uid, frame: 1 });
const detect = (image: unknown, more = {}, headers = {}) =>
  fetch(`${edge.url}/v1/detect`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ image, dataset: 'consep', ...more }),
  });
const answerOf = async (response: Response) => {
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return detectionSchema.parse(JSON.parse(text));
};

describe('a frame of a PACS at the edge', () => {
  it.each([
    ['JPEG', 0],
    ['plain pixels', 1],
  ])('of %s is detected, at the resolution of its instance', async (_name, i) => {
    const answer = await answerOf(await detect({ dicomweb: place(slides[i]!.uid) }));
    expect(answer).toMatchObject({ tier: 'edge', image: { mpp: 0.5, mppSource: 'header' } });
    expect(answer.results[0]!.nuclei).toMatchObject(found);
    expect(pacs.asked.map((path) => path.split('/').slice(-2).join('/'))).toEqual([
      `${slides[i]!.uid}/metadata`,
      'frames/1',
    ]);
    expect(pacs.headers.map(({ authorization }) => authorization)).toEqual([
      'Bearer of-the-service',
      'Bearer of-the-service',
    ]);
  });

  it('is known by its WADO-RS URL', async () => {
    const url = `${root}/studies/${STUDY}/series/${SERIES}/instances/${slides[0]!.uid}/frames/1`;
    expect((await answerOf(await detect({ url }))).results[0]!.nuclei).toMatchObject(found);
  });

  it('is fetched with the credentials of the caller', async () => {
    const dicomweb = { ...place(slides[0]!.uid), authorization: 'forward' };
    await answerOf(await detect({ dicomweb }, {}, { 'x-dicomweb-authorization': 'Bearer mine' }));
    expect(pacs.headers.map(({ authorization }) => authorization)).toEqual([
      'Bearer mine',
      'Bearer mine',
    ]);
  });

  it('is asked for again when the PACS falters', async () => {
    let tries = 0;
    pacs.misbehaviour = {
      intercept: (_, response) => {
        tries += 1;
        if (tries !== 2) return false;
        response.writeHead(503, { 'retry-after': '1' }).end();
        return true;
      },
    };
    await answerOf(await detect({ dicomweb: place(slides[0]!.uid) }));
    expect(tries).toBe(3);
  });

  it('of JPEG 2000, with large metadata or behind private addresses goes to the GPU service', async () => {
    const headers = { 'x-dicomweb-authorization': 'Bearer mine' };
    for (const dicomweb of [
      place(slides[2]!.uid),
      { ...place(slides[0]!.uid), root: 'https://pacs.hospital.lan/dicom-web' },
      place(large.uid),
    ]) {
      gpu.seen.length = 0;
      await detect({ dicomweb }, {}, headers);
      expect(gpu.seen).toMatchObject([{ method: 'POST', url: '/v1/detect' }]);
      expect(gpu.seen[0]!.headers['x-dicomweb-authorization']).toBe('Bearer mine');
      const here = await detect({ dicomweb }, { tier: 'edge' });
      expect(await here.json()).toMatchObject({
        code: expect.stringMatching(/^(IMAGE_UNSUPPORTED|SOURCE_FORBIDDEN|DICOMWEB_INVALID)$/),
      });
    }
  });

  it('of a label is not fetched', async () => {
    const response = await detect({ dicomweb: place(label.uid) });
    expect(await response.json()).toMatchObject({ code: 'DICOM_WITHOUT_VOLUME' });
    expect(pacs.asked).toHaveLength(1);
  });

  it.each([
    [302, { location: 'https://10.0.0.1/dicom-web' }, 'SOURCE_FORBIDDEN'],
    [302, { location: `${root}/again` }, 'SOURCE_UNREACHABLE'],
    [401, {}, 'SOURCE_UNAUTHORIZED'],
    [200, { 'content-type': 'text/html' }, 'DICOMWEB_INVALID'],
  ])('that is answered %i %j is a problem', async (status, headers, code) => {
    pacs.misbehaviour = {
      intercept: (_, response) => {
        response.writeHead(status, headers as Record<string, string>).end('<html>');
        return true;
      },
    };
    const response = await detect({ dicomweb: place(slides[0]!.uid) }, { tier: 'edge' });
    expect(await response.json()).toMatchObject({ code });
  });
});
