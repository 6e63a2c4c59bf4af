/** On the way of a request to its answer everything is found out once. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { apiForTests } from '../../../test/support/api-adapters.ts';
import { crowdedImage, unsteadyEngine } from '../../../test/support/crowded-image.ts';
import { rasterSlide } from '../../../test/support/raster-slide.ts';
import { testCard } from '../../../test/support/test-card.ts';
import { routeDatasets } from '../../datasets/routing.ts';
import { checkClasses } from '../../detect/class-filter.ts';
import { checkOptions } from '../../detect/options.ts';
import { resolveMpp } from '../../image/resolution.ts';
import { planWindows } from '../../tiling/plan-windows.ts';
import { buildApi } from '../app.ts';
import { checkOptionsBy } from '../http/options.ts';

vi.mock(import('../../datasets/routing.ts'), { spy: true });
vi.mock(import('../../detect/class-filter.ts'), { spy: true });
vi.mock(import('../../detect/options.ts'), { spy: true });
vi.mock(import('../../image/resolution.ts'), { spy: true });
vi.mock(import('../../tiling/plan-windows.ts'), { spy: true });
vi.mock(import('../http/options.ts'), { spy: true });

const card = testCard();
const engine = unsteadyEngine(card);
const image = crowdedImage(120, 90);
const limits = { bodyBytes: 1e6, bodyTimeoutMs: 10_000, scoreWork: 1e8, pixels: 1e6, windows: 100 };
const once = [checkOptions, routeDatasets, checkClasses, resolveMpp, planWindows];

function appOf(tier: 'edge' | 'gpu') {
  const decode = vi.fn(async () => ({ source: rasterSlide(image, 0.5), warnings: [] }));
  const model = {
    card: async () => card,
    precision: async () => 'fp32',
    engine: async () => engine,
  };
  return { app: buildApi(apiForTests({ tier, limits, model, decode })), decode };
}

/** Sends the image and says how often things were done. */
async function send(tier: 'edge' | 'gpu', query: string, init: RequestInit) {
  const { app, decode } = appOf(tier);
  const response = await app.request(`/v1/detect?dataset=consep,ocelot&${query}`, {
    method: 'POST',
    ...init,
  });
  const answer = (await response.json()) as { windows: number; results: unknown[] };
  expect(response.status, JSON.stringify(answer)).toBe(200);
  expect(answer.windows).toBeGreaterThan(1);
  expect(answer.results).toHaveLength(2);
  return {
    found: once.map((one) => vi.mocked(one).mock.calls.length),
    checked: vi.mocked(checkOptionsBy).mock.calls.length,
    decoded: decode.mock.calls.length,
  };
}

beforeEach(() => vi.clearAllMocks());

describe.each(['edge', 'gpu'] as const)('a detection on the tier %s', (tier) => {
  const raw = new Uint8Array(image.data);
  const headers = { 'content-type': 'application/octet-stream', 'x-image-size': '120x90' };

  test('is checked, routed, resolved and planned once', async () => {
    const asked = { headers, body: raw };
    expect(await send(tier, 'mpp=0.5&classes=epithelial,tumor', asked)).toEqual({
      found: [1, 1, 1, 1, 1],
      checked: 1,
      decoded: 0,
    });
  });
});

test('a TIFF, whose size is known when it is opened, is too', async () => {
  const tiff = Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0);
  const asked = { headers: { 'content-type': 'image/tiff' }, body: tiff };
  expect(await send('gpu', 'threshold=0.4', asked)).toEqual({
    found: [1, 1, 1, 1, 1],
    checked: 1,
    decoded: 1,
  });
});

test('options of a form and of the query are each checked once', async () => {
  const body = new FormData();
  const tiff = Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0);
  body.set('image', new Blob([tiff], { type: 'image/tiff' }), 'a.tif');
  body.set('threshold', '0.4');
  const { found, checked } = await send('gpu', 'name=a.tif', { body });
  expect(found).toEqual([1, 1, 1, 1, 1]);
  const given = vi.mocked(checkOptionsBy).mock.calls.map(([, options]) => Object.keys(options));
  expect(given).toEqual([['dataset', 'name'], ['threshold']]);
  expect(checked).toBe(2);
});

test('a form that would be too large for the tier is refused by the same rule', async () => {
  const { app } = appOf('gpu');
  const asked = { method: 'POST', headers: { 'content-type': 'image/tiff' } };
  const tiff = Uint8Array.of(0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0);
  const response = await app.request('/v1/detect?mpp=9', { ...asked, body: tiff });
  expect(await response.json()).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
});
