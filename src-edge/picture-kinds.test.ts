/** Kinds of pictures that small decoders read in part or not at all, through the Worker. */
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { cellPixels } from '../test/api/images.ts';
import { edgeForTests } from '../test/support/edge-worker.ts';
import { gpuForTests } from '../test/support/gpu-service.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const models = tempFolder();
await writeTinyModel(join(models, 'tiny'));
const variables = { UNICELL_ENV: 'local', MODEL: 'tiny' };
const alone = await edgeForTests({ models, variables });
const gpu = await gpuForTests();
const before = await edgeForTests({
  models,
  variables: { ...variables, GPU_SERVICE_URL: gpu.url },
});

const side = 150;
const pixels = cellPixels(side, side, [
  [2, 1],
  [5, 5],
]);
const raw = { width: side, height: side, channels: 3 } as const;
/** Pink, so that it has a colour. */
const coloured = pixels.map((value, i) => (value === 255 && i % 3 === 1 ? 180 : value));
const picture = (data: Uint8Array = coloured) => sharp(data, { raw });
const bytes = async (image: Sharp) => new Uint8Array(await image.toBuffer());

async function detect(
  edge: { readonly url: string },
  body: Uint8Array<ArrayBuffer>,
  type?: string,
) {
  const response = await fetch(`${edge.url}/v1/detect?mpp=0.5&dataset=consep`, {
    method: 'POST',
    headers: type === undefined ? {} : { 'content-type': type },
    body,
  });
  const tier = response.headers.get('x-unicell-tier');
  const answer = (await response.json()) as {
    code?: string;
    detail?: string;
    warnings?: { code: string; detail: string }[];
    results?: { count: number }[];
  };
  return { status: response.status, tier, ...answer };
}
const codes = ({ warnings }: Awaited<ReturnType<typeof detect>>) =>
  warnings?.map(({ code }) => code);

/** Two frames of which the first is the picture. */
async function animation(): Promise<Uint8Array<ArrayBuffer>> {
  const frames = Buffer.concat([Buffer.from(coloured), Buffer.from(coloured.map((v) => 255 - v))]);
  const stack = { ...raw, height: 2 * side, pageHeight: side };
  return bytes(sharp(frames, { raw: stack }).webp({ loop: 0, delay: [100, 100], lossless: true }));
}

function bitmap(): Uint8Array<ArrayBuffer> {
  const stride = Math.ceil((side * 3) / 4) * 4;
  const file = Buffer.alloc(54 + stride * side);
  file.write('BM');
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(side, 18);
  file.writeInt32LE(-side, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let i = 0; i < side * side; i++) {
    const at = 54 + Math.floor(i / side) * stride + (i % side) * 3;
    for (let c = 0; c < 3; c++) file[at + c] = coloured[i * 3 + 2 - c]!;
  }
  return new Uint8Array(file);
}

describe('the edge says of a picture that it reads', () => {
  it.each([
    ['png', 'image/png'],
    ['jpeg', 'image/jpeg'],
    ['webp', 'image/webp'],
  ] as const)('in %s that it has no colour, or asks to be turned', async (format, type) => {
    const plain = await detect(alone, await bytes(picture().toFormat(format)), type);
    expect([plain.status, codes(plain)]).toEqual([200, []]);
    // The white cells around the black ones have no colour, and grey tissue neither.
    const grey = picture(pixels.map((value) => (value === 255 ? 170 : value)));
    const without = await detect(alone, await bytes(grey.toFormat(format)), type);
    expect(codes(without)).toEqual(['NO_COLOUR']);
    const turned = picture().withMetadata({ orientation: 6 }).toFormat(format);
    const asked = await detect(alone, await bytes(turned), type);
    expect(codes(asked)).toEqual(['ORIENTATION_IGNORED']);
    expect(asked.warnings![0]!.detail).toMatch(
      /^The picture asks viewers to turn it \(orientation 6\)/,
    );
    expect(asked.results![0]!.count).toBe(plain.results![0]!.count);
  });

  it.each(['png', 'jpeg', 'webp'] as const)(
    'in %s nothing of bytes behind its end',
    async (format) => {
      const whole = await bytes(picture().toFormat(format));
      const { count } = (await detect(alone, whole)).results![0]!;
      const longer = new Uint8Array(Buffer.concat([whole, Buffer.alloc(4000, 'IDAT')]));
      for (const edge of [alone, { url: gpu.url }]) {
        const answer = await detect(edge, longer);
        expect([answer.status, answer.results?.[0]?.count], answer.detail).toEqual([200, count]);
      }
    },
  );

  it('by its first bytes, under another name of the type and without one', async () => {
    const jpeg = await bytes(picture().jpeg({ quality: 95 }));
    for (const type of ['image/jpg', 'image/pjpeg', undefined]) {
      expect(await detect(alone, jpeg, type)).toMatchObject({ status: 200, tier: 'edge' });
    }
  });
});

describe.each<[string, () => Promise<Uint8Array<ArrayBuffer>>, string, RegExp]>([
  ['CMYK', () => bytes(picture().toColourspace('cmyk').jpeg()), 'image/jpeg', /is a JPEG in CMYK,/],
  ['an animation', animation, 'image/webp', /is an animated WebP,/],
  ['TIFF', () => bytes(picture().tiff()), 'image/tiff', /is of the type image\/tiff,/],
  ['BMP', async () => bitmap(), 'image/bmp', /is of the type image\/bmp,/],
])('%s', (_name, make, type, message) => {
  it('is named by an edge that is alone', async () => {
    const refused = await detect(alone, await make(), type);
    expect(refused).toMatchObject({ status: 415, code: 'IMAGE_UNSUPPORTED' });
    expect(refused.detail).toMatch(message);
    expect(refused.detail).toMatch(/read by the GPU service and not at the edge\. Send JPEG, PNG/);
  });

  it('is handed to the service by one that is not', async () => {
    const answer = await detect(before, await make(), type);
    expect(answer).toMatchObject({ status: 200, tier: 'gpu' });
    expect(answer.results![0]!.count).toBeGreaterThan(0);
  });
});
