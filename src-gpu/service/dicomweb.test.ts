/** Slides and frames of a PACS over HTTP, as a client sees them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectionSchema } from '../../shared/api/detect/detection-answer.ts';
import { estimateSchema, type Job, jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { DicomwebServer } from '../../test/support/dicomweb-server.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { hasOrthanc, Orthanc, type PacsSlide } from '../../test/support/orthanc.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import {
  labelInstance,
  number,
  SERIES,
  STUDY,
  wholeSlideSeries,
} from '../../test/support/whole-slide-series.ts';

const folder = tempFolder();
const dataFolder = join(folder, 'data');
const token = 'Bearer token-of-a-caller';
const size = { width: 900, height: 700 };

const { path: slidePath } = await cellPyramid(folder, size.width, size.height);
const { data } = await sharp(slidePath, { page: 0 }).raw().toBuffer({ resolveWithObject: true });
const picture = { ...size, data: new Uint8Array(data) };
const instances = await wholeSlideSeries(picture, { coding: 'plain', tilePx: 256 });
const label = labelInstance(`${SERIES}.99`);
const huge = {
  ...instances[0]!,
  uid: `${SERIES}.98`,
  data: {
    ...instances[0]!.data,
    '00280010': number('US', 65_535),
    '00280011': number('US', 65_535),
  },
};
const server = await DicomwebServer.start([...instances, label, huge]);
afterAll(() => server.close());

const isInstalled = hasOrthanc();
const orthanc = isInstalled
  ? await Orthanc.start(folder, { password: 'secret-of-orthanc' })
  : undefined;
afterAll(() => orthanc?.stop());
const { url } = await gpuForTests({
  SLIDE_FOLDERS: folder,
  DATA_FOLDER: dataFolder,
  DICOMWEB_ROOTS: [server.root, orthanc?.dicomWeb].filter(Boolean).join(','),
  DICOMWEB_CREDENTIALS: orthanc
    ? JSON.stringify({
        [`${orthanc.dicomWeb}/`]: { username: 'unicell', password: 'secret-of-orthanc' },
      })
    : '',
});

const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
const inPacs = { type: 'dicomweb', root: server.root, study: STUDY, series: SERIES };
const wanted = { dataset: 'consep', tissue: 'none', exports: ['csv'] };
const ended = async (response: Response): Promise<Job> => {
  const text = await response.text();
  expect(response.status, text).toBe(202);
  const { id } = jobSchema.parse(JSON.parse(text));
  for (;;) {
    const job = jobSchema.parse(await (await fetch(`${url}/v1/jobs/${id}?wait=20`)).json());
    if (job.finishedAt !== null) return job;
  }
};
const csvOf = async ({ id }: Job) =>
  (await fetch(`${url}/v1/jobs/${id}/exports/consep.csv`)).text();
const guarded = () => {
  server.misbehaviour = {
    intercept: ({ headers }, response) => {
      if (headers.authorization === token) return false;
      response.writeHead(401).end();
      return true;
    },
  };
};

let expected: string;
beforeAll(async () => {
  const source = { type: 'path', path: slidePath };
  expected = await csvOf(await ended(await post('/v1/jobs', { ...wanted, mpp: 0.5, source })));
  expect(expected.split('\n').length).toBeGreaterThan(500);
});

describe('a job from a PACS', () => {
  it('finds what it finds in the same slide in a file', async () => {
    const job = await ended(await post('/v1/jobs', { ...wanted, source: inPacs }));
    expect(job, JSON.stringify(job.errors)).toMatchObject({
      status: 'completed',
      name: SERIES,
      source: { type: 'dicomweb', label: SERIES },
      image: { ...size, mpp: 0.5, mppSource: 'header', reader: 'dicomweb' },
    });
    expect(await csvOf(job)).toBe(expected);
    const frames = server.asked.filter((path) => path.includes('/frames/'));
    expect(frames.filter((path) => path.includes(label.uid))).toEqual([]);
    expect(frames.length).toBeGreaterThan(0);
  });

  it('is estimated first', async () => {
    const response = await post('/v1/estimate', { ...wanted, source: inPacs });
    const estimate = estimateSchema.parse(await response.json());
    expect(estimate).toMatchObject({ image: { ...size, mpp: 0.5, reader: 'dicomweb' } });
  });

  it.runIf(isInstalled)('and a real one, with the credentials of the service', async () => {
    const slide: PacsSlide = await orthanc!.addSlide(picture, { compression: 'none' });
    const { study, series } = slide;
    const source = { type: 'dicomweb', root: orthanc!.dicomWeb, study, series };
    const job = await ended(await post('/v1/jobs', { ...wanted, source }));
    expect(job, JSON.stringify(job.errors)).toMatchObject({ status: 'completed', image: size });
    expect(await csvOf(job)).toBe(expected);
  });

  it('is done with the credentials of its caller, which nobody keeps', async () => {
    guarded();
    const source = { ...inPacs, authorization: 'forward' };
    const body = { ...wanted, source };
    const missing = await post('/v1/jobs', body);
    expect(await missing.json()).toMatchObject({
      code: 'INVALID_OPTIONS',
      detail: expect.stringContaining('X-DICOMweb-Authorization'),
    });
    const wrong = await ended(
      await post('/v1/jobs', body, { 'x-dicomweb-authorization': 'Bearer other' }),
    );
    expect(wrong).toMatchObject({ status: 'failed', errors: [{ code: 'SOURCE_UNAUTHORIZED' }] });
    // What was lent went with the end of the job.
    expect((await post(`/v1/jobs/${wrong.id}/resume`)).status).toBe(400);
    const headers = { 'x-dicomweb-authorization': token };
    const right = await ended(await post(`/v1/jobs/${wrong.id}/resume`, undefined, headers));
    expect(right, JSON.stringify(right.errors)).toMatchObject({ status: 'completed', attempt: 2 });
    expect(await csvOf(right)).toBe(expected);
    expect(await ended(await post('/v1/jobs', body, headers))).toMatchObject({
      status: 'completed',
    });
    // Without keys of its own, the service takes this header as meant for the PACS.
    const plain = await post('/v1/estimate', body, { authorization: token });
    expect(plain.status).toBe(200);
    expect(filesWith('token-of-a-caller')).toEqual([]);
    expect(filesWith(SERIES)).not.toEqual([]);
  });

  it('stops whole when its credentials end, and goes on with others', async () => {
    let frames = 0;
    server.misbehaviour = {
      intercept: ({ headers, url: path }, response) => {
        const isSpent = path!.includes('/frames/') && ++frames > 2;
        if (headers.authorization === token && !isSpent) return false;
        response.writeHead(401).end();
        return true;
      },
    };
    const source = { ...inPacs, authorization: 'forward' };
    const headers = { 'x-dicomweb-authorization': token };
    const job = await ended(await post('/v1/jobs', { ...wanted, source }, headers));
    expect(job).toMatchObject({ status: 'failed', errors: [{ code: 'SOURCE_UNAUTHORIZED' }] });
    guarded();
    const again = await ended(await post(`/v1/jobs/${job.id}/resume`, undefined, headers));
    expect(again.status).toBe('completed');
    expect(await csvOf(again)).toBe(expected);
  });

  it.each([
    ['a root beyond our rules', { root: 'http://10.1.2.3/dicom-web' }, 'SOURCE_FORBIDDEN'],
    ['a root with a query', { root: `${server.root}?token=1` }, 'INVALID_OPTIONS'],
    ['a root that goes on', { root: `${server.root}/studies/1.2` }, 'INVALID_OPTIONS'],
    ['no UID', { series: '../../x' }, 'INVALID_OPTIONS'],
    ['a thing that is none', { instance: '1.2' }, 'INVALID_OPTIONS'],
  ])('is refused with %s', async (_name, changes, code) => {
    const response = await post('/v1/jobs', { ...wanted, source: { ...inPacs, ...changes } });
    expect(await response.json()).toMatchObject({ code });
  });

  it('fails by name when the PACS answers HTML', async () => {
    server.misbehaviour = {
      intercept: (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
        return true;
      },
    };
    const job = await ended(await post('/v1/jobs', { ...wanted, source: inPacs }));
    expect(job).toMatchObject({ status: 'failed', errors: [{ code: 'DICOMWEB_INVALID' }] });
    server.misbehaviour = {};
  });
});

describe('a frame of a PACS', () => {
  const frame = { ...inPacs, type: undefined, instance: instances[0]!.uid, frame: 6 };
  const detect = (image: unknown, more = {}) =>
    post('/v1/detect', { image, dataset: 'consep', ...more });

  beforeAll(() => {
    server.misbehaviour = {};
  });

  it('is detected like the picture that it is', async () => {
    const tile = instances[0]!.frames[5]!;
    const response = await fetch(`${url}/v1/detect?dataset=consep&mpp=0.5`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'x-image-size': '256x256' },
      body: new Uint8Array(tile),
    });
    const known = detectionSchema.parse(await response.json());
    expect(known.datasets[0]!.total.count).toBeGreaterThan(50);
    for (const image of [
      { dicomweb: frame },
      {
        url: `${server.root}/studies/${STUDY}/series/${SERIES}/instances/${frame.instance}/frames/6`,
      },
    ]) {
      const answer = detectionSchema.parse(await (await detect(image)).json());
      expect(answer.image).toMatchObject({
        width: 256,
        height: 256,
        mpp: 0.5,
        mppSource: 'header',
      });
      expect(answer.results[0]!.nuclei).toEqual(known.results[0]!.nuclei);
    }
    const coarse = detectionSchema.parse(
      await (await detect({ dicomweb: frame }, { mpp: 1 })).json(),
    );
    expect(coarse.image).toMatchObject({ mpp: 1, mppSource: 'request' });
  });

  it.each([
    ['of a label', { instance: label.uid }, 'DICOM_WITHOUT_VOLUME'],
    ['beyond the last', { frame: 99 }, 'SOURCE_NOT_FOUND'],
    ['of no instance', { instance: '1.2.3' }, 'SOURCE_NOT_FOUND'],
    ['of no number', { frame: 0 }, 'BODY_INVALID'],
    ['of too many pixels', { instance: huge.uid }, 'IMAGE_TOO_LARGE'],
    ['behind a wall', { root: 'https://10.0.0.1/dicom-web' }, 'SOURCE_FORBIDDEN'],
    ['with credentials that did not come', { authorization: 'forward' }, 'INVALID_OPTIONS'],
  ])('%s is refused', async (_name, changes, code) => {
    server.asked.length = 0;
    const response = await detect({ dicomweb: { ...frame, ...changes } });
    expect(await response.json()).toMatchObject({ code });
    expect(server.asked.filter((path) => path.includes('/frames/'))).toEqual([]);
  });

  it('is no job', async () => {
    const headers = { prefer: 'respond-async' };
    const body = { image: { dicomweb: frame }, dataset: 'consep' };
    expect(await (await post('/v1/detect', body, headers)).json()).toMatchObject({
      code: 'INVALID_OPTIONS',
    });
  });

  it('may be JPEG 2000', async () => {
    if (!orthanc) return;
    const slide = await orthanc.addSlide(picture, { compression: 'jpeg2000' });
    const { study, series } = slide;
    const place = { root: orthanc.dicomWeb, study, series, instance: slide.instances[0], frame: 1 };
    const answer = detectionSchema.parse(await (await detect({ dicomweb: place })).json());
    expect(answer.datasets[0]!.total.count).toBeGreaterThan(50);
  });
});

describe('unicell jobs', () => {
  it('submits a series, with credentials of the command', async () => {
    guarded();
    const where = `${server.root}/studies/${STUDY}/series/${SERIES}`;
    const submit = (authorization: string) =>
      runUnicell(
        [
          'jobs',
          'submit',
          where,
          '--dataset',
          'consep',
          '--format',
          'csv',
          '--tissue',
          'none',
          '--watch',
          '--json',
          '--url',
          url,
        ],
        { cwd: folder, env: { DICOMWEB_AUTHORIZATION: authorization } },
      );
    const { stdout, stderr } = await submit(token);
    const job = jobSchema.parse(JSON.parse(stdout));
    expect(job, stderr).toMatchObject({ status: 'completed', source: { type: 'dicomweb' } });
    expect(await csvOf(job)).toBe(expected);
    const refused = jobSchema.parse(JSON.parse((await submit('')).stdout));
    expect(refused).toMatchObject({ status: 'failed', errors: [{ code: 'SOURCE_UNAUTHORIZED' }] });
    server.misbehaviour = {};
  });
});

describe('unicell detect', () => {
  const model = join(folder, 'tiny');
  const run = (where: string, credentials: string) =>
    runUnicell(
      [
        'detect',
        where,
        '--dataset',
        'consep',
        '--model',
        model,
        '--format',
        'csv',
        '--tissue',
        'none',
      ],
      { cwd: folder, env: { DICOMWEB_CREDENTIALS: credentials } },
    );

  it('takes the URL of a series', async () => {
    await writeTinyModel(model);
    guarded();
    const where = `${server.root}/studies/${STUDY}/series/${SERIES}`;
    const refused = await run(where, '');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('DICOMWEB_CREDENTIALS'),
    });
    const { code, stderr } = await run(
      where,
      JSON.stringify({ [server.root]: { authorization: token } }),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = (text: string) => text.trimEnd().split('\n').length;
    expect(rows(readFileSync(join(folder, 'out', `${SERIES}.consep.csv`), 'utf8'))).toBe(
      rows(expected),
    );
    server.misbehaviour = {};
  });

  it.each([
    ['https://pacs.example.org/dicom-web/studies/1.2', '', /names no series/],
    [`${server.root}/studies/${STUDY}/series/1.2.3`, '', /its slides are/],
    [
      `${server.root}/studies/${STUDY}/series/${SERIES}`,
      '{"x"',
      /DICOMWEB_CREDENTIALS is not JSON/,
    ],
    [
      `${server.root}/studies/${STUDY}/series/${SERIES}`,
      '{"https://a.b/c": {"bearer": 7}}',
      /at "https:\/\/a\.b\/c"/,
    ],
    [
      `${server.root}/studies/${STUDY}/series/${SERIES}`,
      '/no/such/file',
      /neither a JSON object nor the path/,
    ],
  ])('says what is wrong with %s %s', async (where, credentials, message) => {
    expect(await run(where, credentials)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(message),
    });
  });
});

/** Files of the service that hold a text. */
function filesWith(text: string): string[] {
  const names = readdirSync(dataFolder, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(text));
}
