import { afterEach, describe, expect, it } from 'vitest';
import type { DicomJson } from '../../../shared/dicom/dicom-json.ts';
import { RasterSource } from '../../../shared/image/raster-source.ts';
import { DicomwebServer, multipart } from '../../../test/support/dicomweb-server.ts';
import { RecordingNetwork } from '../../../test/support/recording-network.ts';
import {
  items,
  labelInstance,
  number,
  SERIES,
  STUDY,
  type StoredInstance,
  text,
  wholeSlideSeries,
} from '../../../test/support/whole-slide-series.ts';
import type { Slide } from '../slide.ts';
import { openDicomwebSlide } from './open-dicomweb.ts';

const width = 300;
const height = 170;
const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
  const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
  return [x % 256, (y * 3) % 256, (x + 2 * y) % 256][i % 3]!;
});
const image = { width, height, data };
const whole = { x: 0, y: 0, width, height };
const plain = { coding: 'plain' } as const;

let server: DicomwebServer | undefined;
let slide: Slide | undefined;
afterEach(async () => {
  await slide?.close();
  await server?.close();
  slide = undefined;
});

async function open(
  instances: readonly StoredInstance[],
  misbehaviour: DicomwebServer['misbehaviour'] = {},
): Promise<Slide> {
  server = await DicomwebServer.start(instances);
  server.misbehaviour = misbehaviour;
  const reference = { root: server.root, study: STUDY, series: SERIES };
  slide = await openDicomwebSlide(reference, { network: new RecordingNetwork() });
  return slide;
}

/** An instance with other attributes; `undefined` takes one away. */
function changed(instance: StoredInstance, changes: Record<string, DicomJson[string] | undefined>) {
  const entries = Object.entries({ ...instance.data, ...changes });
  const kept = entries.filter(([, attribute]) => attribute !== undefined);
  return { ...instance, data: Object.fromEntries(kept) as DicomJson };
}

describe('a whole slide series', () => {
  it.each(['TILED_FULL', 'TILED_SPARSE'] as const)(
    '%s is read at every level',
    async (organisation) => {
      const one = await open(await wholeSlideSeries(image, { ...plain, organisation, levels: 3 }));
      expect(one.levels.map((level) => [level.width, level.height])).toEqual([
        [300, 170],
        [150, 85],
        [75, 43],
      ]);
      expect(one).toMatchObject({ width, height, mpp: 0.5, reader: 'dicomweb', warnings: [] });
      expect((await one.read(whole, one)).data).toEqual(data);
      const part = { x: 37, y: 61, width: 121, height: 90 };
      expect(await one.read(part, one)).toEqual(await new RasterSource(image).read(part, image));
      server!.asked.length = 0;
      await one.read({ x: 0, y: 0, width: 75, height: 43 }, { width: 75, height: 43 });
      expect(server!.asked.every((path) => path.includes(`${SERIES}.3/frames/`))).toBe(true);
    },
  );

  it('is asked for several frames at once, and for each once', async () => {
    const one = await open(await wholeSlideSeries(image, { ...plain, levels: 1 }));
    server!.asked.length = 0;
    await Promise.all([one.read(whole, one), one.read(whole, one)]);
    const frames = server!.asked.map((path) => path.split('/frames/')[1]!.split(',').length);
    expect(frames).toEqual([15]);
  });

  it('shows glass where a sparsely tiled one was not scanned', async () => {
    const isMissing = (column: number, row: number) => column === 1 && row === 0;
    const instances = await wholeSlideSeries(image, {
      ...plain,
      organisation: 'TILED_SPARSE',
      isMissing,
    });
    const read = await (await open(instances)).read({ x: 60, y: 0, width: 8, height: 1 }, image);
    expect([...read.data.subarray(0, 12)]).toEqual([...data.subarray(180, 192)]);
    expect([...read.data.subarray(12)]).toEqual(new Array(12).fill(255));
  });

  it('is JPEG, and what its patient is called goes with it', async () => {
    const one = await open(await wholeSlideSeries(image));
    const read = await one.read(whole, one);
    const off = read.data.reduce((sum, value, i) => sum + Math.abs(value - data[i]!), 0);
    expect(off / data.length).toBeLessThan(8);
    expect(one.dicom).toMatchObject({
      '00080018': { Value: [`${SERIES}.1`] },
      '00100010': { Value: [{ Alphabetic: 'Doe^Jane' }] },
    });
    expect(one.dicom).not.toHaveProperty('00280010');
  });

  it('tells the whole of its specimen, also what the PACS keeps apart', async () => {
    const [finest] = await wholeSlideSeries(image, { ...plain, levels: 1 });
    const apart = (vr: string, BulkDataURI: string) => ({ vr, BulkDataURI });
    const specimen = { '00400602': apart('UT', '../bulk/1'), '00400600': text('LO', 'Colon') };
    const instances = [
      changed(finest!, {
        '00400560': items(specimen),
        '00400513': apart('OB', '../bulk/2'),
        '00120062': apart('CS', '../bulk/3'),
        '00400518': items({ '00080119': apart('UC', 'http://127.0.0.1:1/bulk/4') }),
      }),
    ];
    const one = await open(instances, {
      intercept: ({ url }, response) => {
        if (!url!.includes('/bulk/')) return false;
        const bytes = new TextEncoder().encode(url!.endsWith('1') ? 'Biopsie, ü ' : 'A\\B');
        multipart(response, [bytes], '1.2.840.10008.1.2.1');
        return true;
      },
    });
    expect(one.dicom).toMatchObject({
      '00400560': { Value: [{ '00400602': { vr: 'UT', Value: ['Biopsie, ü'] } }] },
      '00400513': { vr: 'OB', InlineBinary: btoa('A\\B') },
      '00120062': { vr: 'CS', Value: ['A', 'B'] },
      '00400518': { Value: [{}] },
    });
    expect(one.warnings).toMatchObject([
      { code: 'BULK_DATA_MISSING', detail: expect.stringContaining('00080119') },
    ]);
  });

  it('never gives its label, overview or thumbnail', async () => {
    const flavours = ['LABEL', 'OVERVIEW', 'THUMBNAIL'];
    const others = flavours.map((flavour, i) => labelInstance(`${SERIES}.9${i}`, flavour));
    const instances = [...others, ...(await wholeSlideSeries(image, plain))];
    const one = await open(instances);
    await one.read(whole, one);
    expect(server!.asked.filter((path) => path.includes(`${SERIES}.9`))).toEqual([]);
    await one.close();
    await server!.close();
    // A PACS that does not say what they are is asked for that, and for no frame.
    const again = await open(instances, { withheld: ['00080008'] });
    await again.read(whole, again);
    const asked = server!.asked.filter((path) => path.includes(`${SERIES}.9`));
    expect(asked.map((path) => path.split('/').at(-1))).toEqual([
      'metadata',
      'metadata',
      'metadata',
    ]);
  });

  it('has a fingerprint of its instances, whatever their order and their PACS', async () => {
    const instances = await wholeSlideSeries(image, plain);
    const one = await open(instances);
    const fingerprint = await one.fingerprint();
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    await one.close();
    await server!.close();
    expect(await (await open(instances.toReversed())).fingerprint()).toBe(fingerprint);
    await slide!.close();
    await server!.close();
    expect(await (await open(instances.slice(0, 1))).fingerprint()).not.toBe(fingerprint);
  });

  it('takes the middle one of its focal planes, and says so', async () => {
    const [finest] = await wholeSlideSeries(image, { ...plain, levels: 1 });
    const dark = finest!.frames.map((frame) => new Uint8Array(frame.length));
    const frames = [...dark, ...finest!.frames, ...dark];
    const changes = { '00480303': number('UL', 3), '00280008': number('IS', frames.length) };
    const one = await open([{ ...changed(finest!, changes), frames }]);
    expect(one.warnings).toMatchObject([{ code: 'FOCAL_PLANES' }]);
    expect((await one.read(whole, one)).data).toEqual(data);
  });

  it('is read in parts of a concatenation', async () => {
    const [finest] = await wholeSlideSeries(image, { ...plain, levels: 1 });
    const part = (number_: number, from: number, to: number) => ({
      ...changed(finest!, {
        '00080018': text('UI', `${SERIES}.7${number_}`),
        '00209161': text('UI', `${SERIES}.7`),
        '00209228': number('UL', from),
        '00280008': number('IS', to - from),
      }),
      uid: `${SERIES}.7${number_}`,
      frames: finest!.frames.slice(from, to),
    });
    const one = await open([part(2, 7, 15), part(1, 0, 7)]);
    expect((await one.read(whole, one)).data).toEqual(data);
  });

  it.each([
    ['another shape', { '00480007': number('UL', 128), '00280008': number('IS', 6) }],
    [
      'frames that nobody can decode',
      {
        '00280008': number('IS', 1),
        '00280010': number('US', 60_000),
        '00280011': number('US', 60_000),
      },
    ],
  ])('leaves out a level of %s', async (_name, changes) => {
    const [finest, half] = await wholeSlideSeries(image, plain);
    const one = await open([finest!, changed(half!, changes)]);
    expect(one.levels).toHaveLength(1);
    expect(one.warnings).toMatchObject([{ code: 'LEVEL_LEFT_OUT' }]);
  });

  it.each([
    ['nothing', { '52009229': undefined, '00480001': undefined }, undefined, []],
    ['the imaged volume alone', { '52009229': undefined }, 0.5, ['MPP_FROM_VOLUME']],
    [
      'another imaged volume',
      { '00480001': number('FL', 1), '00480002': number('FL', 1) },
      0.5,
      ['MPP_CONTRADICTED'],
    ],
    [
      'pixels that are not square',
      { '52009229': items({ '00289110': items({ '00280030': number('DS', 0.0006, 0.0004) }) }) },
      // The square pixel of the same area.
      0.4899,
      // The imaged volume says 0.5 on both sides.
      ['PIXELS_NOT_SQUARE', 'MPP_CONTRADICTED'],
    ],
    [
      'a spacing of a monitor',
      { '52009229': items({ '00289110': items({ '00280030': text('DS', '0.25', '0.25') }) }) },
      0.5,
      ['MPP_FROM_VOLUME'],
    ],
  ])('knows its resolution from %s', async (_name, changes, mpp, codes) => {
    const [finest] = await wholeSlideSeries(image, { ...plain, levels: 1 });
    const one = await open([changed(finest!, changes)]);
    expect(one.mpp === undefined ? undefined : Number(one.mpp.toFixed(4))).toBe(mpp);
    expect(one.warnings.map(({ code }) => code)).toEqual(codes);
  });
});

describe('a series that is refused', () => {
  const unsupported = '1.2.840.10008.1.2.4.80';

  it.each([
    [
      'without a VOLUME',
      [labelInstance('1.9'), labelInstance('1.8', 'OVERVIEW')],
      'DICOM_WITHOUT_VOLUME',
      /1 LABEL, 1 OVERVIEW/,
    ],
    [
      'of another kind',
      [changed(labelInstance('1.9'), { '00080016': text('UI', '1.2.840.10008.5.1.4.1.1.2') })],
      'DICOM_WITHOUT_VOLUME',
      /1 1\.2\.840\.10008\.5\.1\.4\.1\.1\.2/,
    ],
  ])('%s', async (_name, instances, code, message) => {
    await expect(open(instances)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('is not there, and the slides of the study are named', async () => {
    server = await DicomwebServer.start(await wholeSlideSeries(image, plain));
    const reference = { root: server.root, study: STUDY, series: '1.2.3' };
    await expect(
      openDicomwebSlide(reference, { network: new RecordingNetwork() }),
    ).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      message: expect.stringContaining(SERIES),
    });
  });

  it.each([
    [
      'too few frames',
      { '00280008': number('IS', 14) },
      'DICOM_INVALID',
      /has 14 frames and needs 15/,
    ],
    [
      'no width',
      { '00480006': undefined },
      'DICOM_INVALID',
      /nothing for Total Pixel Matrix Columns/,
    ],
    ['half a row', { '00280010': number('US', 31.5) }, 'DICOM_INVALID', /31\.5 for Rows/],
    [
      'tiles without end',
      { '00280010': number('US', 60_000), '00280011': number('US', 60_000) },
      'IMAGE_UNSUPPORTED',
      /frames of 60000 x 60000 pixels/,
    ],
    [
      'several optical paths',
      { '00480302': number('UL', 2) },
      'IMAGE_UNSUPPORTED',
      /2 optical paths/,
    ],
    [
      'no places of its frames',
      { '00209311': text('CS', 'TILED_SPARSE') },
      'DICOM_INVALID',
      /the places of 0/,
    ],
  ])('with %s', async (_name, changes, code, message) => {
    const [finest] = await wholeSlideSeries(image, { ...plain, levels: 1 });
    const opening = open([changed(finest!, changes)]);
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    ['outside', 9999, 'DICOM_INVALID', /outside its 300 x 170 pixels/],
    ['on no grid', 40, 'IMAGE_UNSUPPORTED', /on no grid of 64 x 64/],
  ])('with a frame %s', async (_name, column, code, message) => {
    const organisation = 'TILED_SPARSE';
    const [finest] = await wholeSlideSeries(image, { ...plain, organisation, levels: 1 });
    const place = { '0048021E': number('SL', column), '0048021F': number('SL', 1) };
    const places = finest!.frames.map(() => ({ '0048021A': items(place) }));
    const opening = open([changed(finest!, { '52009230': items(...places) })]);
    await expect(opening).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('has frames of a kind that is not decoded here, nor by the PACS', async () => {
    const [finest] = await wholeSlideSeries(image, { ...plain, levels: 1 });
    const frames = finest!.frames.map(() => Uint8Array.of(0xff, 0xd8, 0xff, 0xf7, 0, 4, 8, 0, 1));
    const one = await open([{ ...finest!, frames, transferSyntax: unsupported }], {
      intercept: ({ headers }, response) => {
        if (!headers.accept?.includes('1.2.840.10008.1.2.1')) return false;
        response.writeHead(406).end();
        return true;
      },
    });
    await expect(one.read(whole, one)).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(
        /JPEG-LS Lossless \(1\.2\.840\.10008\.1\.2\.4\.80\).*gdcmconv/,
      ),
    });
  });

  it('has such frames, and the PACS decodes them', async () => {
    const [finest] = await wholeSlideSeries(image, { ...plain, levels: 1 });
    const foreign = finest!.frames.map(() => Uint8Array.of(0xff, 0xd8, 0xff, 0xf7, 0, 4, 8, 0, 1));
    const one = await open([finest!], {
      intercept: ({ headers, url }, response) => {
        const numbers = url!.split('/frames/')[1]?.split(',');
        if (!numbers || headers.accept?.endsWith('1.2.840.10008.1.2.1')) return false;
        multipart(
          response,
          numbers.map((frame) => foreign[Number(frame) - 1]!),
          unsupported,
        );
        return true;
      },
    });
    expect((await one.read(whole, one)).data).toEqual(data);
  });

  it.each([
    ['of another size', new Uint8Array(100), 'IMAGE_UNREADABLE', /100 bytes/],
    ['cut off', undefined, 'IMAGE_UNREADABLE', /damaged or truncated/],
  ])('has frames %s', async (_name, frame, code, message) => {
    const [finest] = await wholeSlideSeries(image, { levels: 1 });
    const frames = finest!.frames.map((good) => frame ?? good.subarray(0, good.length / 2));
    const one = await open([{ ...finest!, frames }]);
    await expect(one.read(whole, one)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
