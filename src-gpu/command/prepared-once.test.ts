/** `unicell detect` decodes an image once and finds everything out about it once. */
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { routeDatasets } from '../../shared/datasets/routing.ts';
import { checkOptions } from '../../shared/detect/options.ts';
import { resolveMpp } from '../../shared/image/resolution.ts';
import { planWindows } from '../../shared/tiling/plan-windows.ts';
import { squaresSize, writeSquares } from '../../test/support/squares.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { decodeRgb } from '../slides/decode-rgb.ts';
import { detectCommand } from './detect.ts';

vi.mock(import('../../shared/datasets/routing.ts'), { spy: true });
vi.mock(import('../../shared/detect/options.ts'), { spy: true });
vi.mock(import('../../shared/image/resolution.ts'), { spy: true });
vi.mock(import('../../shared/tiling/plan-windows.ts'), { spy: true });
vi.mock(import('../slides/decode-rgb.ts'), { spy: true });

const folder = tempFolder();
const path = join(folder, 'tile.png');
const once = [checkOptions, routeDatasets, resolveMpp, planWindows];

beforeAll(async () => {
  await writeTinyModel(join(folder, 'model'));
  await writeSquares(path, [
    [5, 3, 1],
    [7, 8, 2],
  ]);
  const { width, height } = squaresSize;
  expect(await sharp(path).metadata()).toMatchObject({ width, height });
});

beforeEach(() => vi.clearAllMocks());

test.each([
  ['image', 100],
  ['slide', 0],
])('as an %s', async (_way, slideAbove) => {
  const out = join(folder, `out-${slideAbove}`);
  const options = {
    ...{ dataset: ['consep', 'ocelot'], mpp: 0.5, out, format: ['json', 'csv'] },
    ...{ precision: 'fp32', jobs: 1, slideAbove, model: join(folder, 'model'), threads: 1 },
    ...({ ep: 'cpu', json: true, tissue: 'none' } as const),
  };
  const said = await detectCommand([path], options, new AbortController().signal);
  const { results, files } = JSON.parse(said) as { results: object[]; files: string[] };
  expect(results).toMatchObject([{ total: { count: 2 } }, { total: { count: 2 } }]);
  expect(files).toHaveLength(4);
  expect(vi.mocked(decodeRgb)).toHaveBeenCalledTimes(1);
  expect(once.map((one) => vi.mocked(one).mock.calls.length)).toEqual([1, 1, 1, 1]);
});
