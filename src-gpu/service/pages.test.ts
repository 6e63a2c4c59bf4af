/** Playground and viewer of the GPU service as a user meets them in Chromium: with a key, TIFF, slides, and on a phone. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { cellPixels } from '../../test/api/images.ts';
import { violations } from '../../test/support/axe-violations.ts';
import { findChromium } from '../../test/support/chromium.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { oddTiles, tiffOf, withCompression } from '../../test/support/odd-tiffs.ts';
import { brightnessAt, filledParts } from '../../test/support/page-pixels.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn(
    'SKIPPED: no Chromium was found, so the pages of the service are not tested. Install it, or set CHROMIUM.',
  );
}
const KEY = 'a-key-for-the-pages';
const PHONE = { width: 390, height: 844 };
const SIDEWAYS = 'document.documentElement.scrollWidth - innerWidth';
const soon = (look: () => unknown) => expect.poll(look, { timeout: 30_000 });

describe.skipIf(executablePath === undefined)('the pages of the service', async () => {
  if (executablePath === undefined) return;
  const model = join(tempFolder(), 'tiny');
  // Large windows, so that a slide takes few of them.
  await writeTinyModel(model, {}, { cells: 32 });
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  const { url } = await gpuForTests({
    MODEL: model,
    API_KEYS: JSON.stringify([{ id: 'user', sha256, scopes: ['detect', 'jobs'] }]),
  });
  const headers = { authorization: `Bearer ${KEY}` };
  const slide = (await cellPyramid(tempFolder(), 3200, 1100)).file;
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    const args = ['--no-sandbox', '--enable-unsafe-swiftshader'];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    faults = [];
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => faults.push(error.message));
  });
  afterEach(async () => {
    await page.close();
    expect(faults).toEqual([]);
  });

  describe('the playground', () => {
    const side = 256;
    const cells: readonly [number, number][] = [
      [3, 4],
      [10, 6],
      [20, 25],
    ];
    const raw = { width: side, height: side, channels: 3 as const };
    const picture = () => sharp(cellPixels(side, side, cells), { raw });
    /** Pixels per millimetre, of 0.5 um each. */
    const resolution = { xres: 2000, yres: 2000, resolutionUnit: 'cm' as const };

    it('explains the key where one is needed, and asks with it', async () => {
      await page.goto(url);
      await page.getByLabel('Key').waitFor();
      expect(await page.locator('#key-note').textContent()).toMatch(
        /whoever runs it gives you one/,
      );
      await page.getByRole('button', { name: 'Glands' }).click();
      await page.locator('#picture:visible').waitFor();
      expect(await page.locator('#answer').isVisible()).toBe(false);
      await page.getByLabel('Key').fill(KEY);
      await page.getByLabel('Key').press('Tab');
      await page.waitForSelector('#dataset option[value=consep]', { state: 'attached' });
      await page.getByRole('button', { name: 'Find nuclei' }).click();
      await page.waitForSelector('#answer:not([hidden])');
      expect(await violations(page)).toEqual([]);
    });

    it('draws TIFF of the usual kinds, and takes the resolution from it', async () => {
      await open();
      for (const compression of ['lzw', 'jpeg', 'deflate', 'none', 'packbits'] as const) {
        const buffer = await picture()
          .tiff({ compression, ...resolution })
          .toBuffer();
        await choose(`${compression}.tif`, buffer);
        await page.locator('#name', { hasText: `${compression}.tif, 256 × 256 px` }).waitFor();
        expect(await page.getByLabel(/^Micrometres/).inputValue()).toBe('');
        expect(await page.getByLabel(/^Micrometres/).getAttribute('required')).toBeNull();
        const [column, row] = cells[0]!;
        expect(
          await brightnessAt(page, side, 8 * column + 4, 8 * row + 4),
          compression,
        ).toBeLessThan(40);
        expect(await brightnessAt(page, side, 8 * column + 20, 8 * row + 20)).toBeGreaterThan(215);
        await page.getByRole('button', { name: 'Find nuclei' }).click();
        await page.waitForSelector('#answer:not([hidden])');
        expect(await page.getByRole('status').textContent()).toBe(`${cells.length} nuclei`);
        expect(await page.locator('#facts').textContent()).toMatch(/0\.5 µm .*as the file says/);
      }
    });

    it.each(['jpeg', 'png', 'webp'] as const)(
      'draws %s as its pixels lie, however it asks to be turned, since nuclei are counted so',
      async (format) => {
        await open();
        const [width, height] = [256, 128];
        const [column, row] = [3, 4];
        const wide = sharp(cellPixels(width, height, [[column, row]]), {
          raw: { width, height, channels: 3 },
        });
        for (const orientation of [3, 6]) {
          const name = `asks-${orientation}.${format}`;
          await choose(name, await wide.withMetadata({ orientation }).toFormat(format).toBuffer());
          await page.locator('#name', { hasText: `${name}, 256 × 128 px` }).waitFor();
          expect(await brightnessAt(page, side, 8 * column + 4, 8 * row + 4)).toBeLessThan(60);
        }
      },
    );

    it('draws a slide from a smaller copy in it', async () => {
      await open();
      expect(await page.locator('#drop').innerText()).toMatch(/or TIFF/);
      await choose('slide.tif', Buffer.from(slide));
      await page.locator('#picture:visible').waitFor();
      expect(await page.locator('#name').textContent()).toBe('slide.tif, 3200 × 1100 px');
    });

    it.each([
      [
        'sixteen.tif',
        /more than 8 bits/,
        () => picture().toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer(),
      ],
      [
        'cut.tif',
        /damaged or truncated/,
        async () => (await picture().tiff().toBuffer()).subarray(0, 200),
      ],
      [
        'zstd.tif',
        /Zstandard/,
        async () =>
          withCompression(await picture().tiff({ compression: 'lzw' }).toBuffer(), 50_000),
      ],
      ['crumbs.tif', /in 48000000 pieces/, () => oddTiles(1)],
      ['no-tiles.tif', /damaged/, () => oddTiles(0)],
      [
        'no-pixels.tif',
        /damaged/,
        () => tiffOf({ width: 0, height: 0, tiles: [new Uint8Array(3)] }),
      ],
    ])('says why it does not draw %s, and draws no rings on white', async (name, reason, make) => {
      await open();
      await choose(name, await make());
      await page.locator('#undrawn:visible').waitFor();
      expect(await page.locator('#undrawn-why').textContent()).toMatch(reason);
      expect(await page.locator('#picture').isVisible()).toBe(false);
    });

    it('draws the first page of a TIFF whose pages go round in a circle', async () => {
      await open();
      const tiles = [new Uint8Array(3 * 64 * 64).fill(200)];
      await choose('circle.tif', tiffOf({ width: 64, height: 64, tiles }, { loop: true }));
      await page.locator('#name', { hasText: 'circle.tif, 64 × 64 px' }).waitFor();
    });

    it('stays usable while a TIFF is decoded that costs far more than its size says', async () => {
      await open();
      const tiles = new Array(16).fill(deflateSync(new Uint8Array(400e6)));
      const costly = tiffOf({ width: 256, height: 256, tile: 64, tiles });
      await choose('costly.tif', withCompression(costly, 8));
      await page.locator('#status', { hasText: 'Reading the picture' }).waitFor();
      await choose('cells.tif', await picture().tiff(resolution).toBuffer());
      await page.locator('#name', { hasText: 'cells.tif, 256 × 256 px' }).waitFor();
      expect(await page.locator('#status').textContent()).toBe('');
      // The decoder of the first, which would go on for seconds, has been ended.
      await expect.poll(() => page.workers().length, { timeout: 5000 }).toBe(0);
    });

    it('hands a picture on to the viewer', async () => {
      await open();
      await choose('cells.tif', await picture().tiff(resolution).toBuffer());
      await page.getByRole('button', { name: 'Open in the viewer' }).click();
      await page.locator('#status.good').waitFor();
      expect(new URL(page.url()).pathname).toBe('/viewer');
      await soon(inView).toEqual([`${cells.length} in view`]);
    });

    async function open(): Promise<void> {
      await withKey();
      await page.goto(url);
      await page.waitForSelector('#dataset option[value=consep]', { state: 'attached' });
    }

    async function choose(name: string, buffer: Buffer): Promise<void> {
      await page.locator('#file').setInputFiles({ name, mimeType: 'image/tiff', buffer });
    }
  });

  describe('the viewer', () => {
    let whole: Job;
    beforeAll(async () => {
      whole = await run('dataset=consep,ocelot&mpp=0.49900001287460327');
      expect(whole.status, JSON.stringify(whole.errors)).toBe('completed');
    });

    it('runs a job that failed again with another resolution and dataset, and sends nothing again', async () => {
      const failed = await run('dataset=consep');
      expect(failed.errors).toMatchObject([{ code: 'MPP_UNKNOWN' }]);
      const posted: string[] = [];
      page.on(
        'request',
        (one) => one.method() === 'POST' && posted.push(new URL(one.url()).pathname),
      );
      await openJob(failed.id);
      await page.getByText('failed', { exact: true }).waitFor();
      expect(await page.getByText('Count a region').isVisible()).toBe(false);
      await page.locator('#again').getByLabel('OCELOT').check();
      await page
        .locator('#again')
        .getByLabel(/^µm per pixel/)
        .fill('0.5');
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Run again' }).click();
      await page.locator('#status.good').waitFor();
      expect(await page.locator('#again').isVisible()).toBe(false);
      expect(await page.getByRole('alert').textContent()).toBe('');
      expect(posted).toEqual([`/v1/jobs/${failed.id}/resume`]);
      const job = await jobOf(failed.id);
      expect(job).toMatchObject({
        attempt: 2,
        image: { mpp: 0.5 },
        results: [{ dataset: 'ocelot' }],
      });
    });

    it('starts a job whose dataset the organ decides', async () => {
      await withKey();
      await page.goto(`${url}/viewer`);
      await page.locator('#organ').selectOption('kidney');
      const file = { name: 'field.tif', mimeType: 'image/tiff', buffer: Buffer.from(slide) };
      await page.getByLabel(/^Slide or picture/).setInputFiles(file);
      await page.locator('#mpp').fill('0.5');
      const request = page.waitForRequest((one) => one.method() === 'POST');
      await page.getByRole('button', { name: 'Find nuclei' }).click();
      const asked = new URL((await request).url()).searchParams;
      expect([asked.get('dataset'), asked.get('organ')]).toEqual(['auto', 'kidney']);
      await page.locator('#status.good').waitFor();
      const job = await jobOf(new URL(page.url()).searchParams.get('job')!);
      expect(job.results).toMatchObject([{ dataset: 'ocelot' }]);
    });

    it('notices that an ended job was run again elsewhere, and deleted', async () => {
      const failed = await run('dataset=consep');
      await openJob(failed.id);
      await page.getByText('failed', { exact: true }).waitFor();
      const changes = { mpp: 0.5, dataset: 'ocelot' };
      await fetch(`${url}/v1/jobs/${failed.id}/resume`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(changes),
      });
      const afterFocus = async (seen: Locator) => {
        await page.evaluate(`dispatchEvent(new Event('focus'))`);
        return seen.count();
      };
      await soon(() => afterFocus(page.locator('#status.good'))).toBe(1);
      await soon(() => page.getByLabel('Classes of').inputValue()).toBe('ocelot');
      await fetch(`${url}/v1/jobs/${failed.id}`, { method: 'DELETE', headers });
      await soon(() => afterFocus(page.getByText(/There is no job .*\(NOT_FOUND\)/))).toBe(1);
    });

    it('says why a job cannot be run again', async () => {
      const failed = await run('dataset=consep');
      await openJob(failed.id);
      await page
        .locator('#again')
        .getByLabel(/^µm per pixel/)
        .fill('0.5');
      await fetch(`${url}/v1/jobs/${failed.id}`, { method: 'DELETE', headers });
      await page.getByRole('button', { name: 'Run again' }).click();
      await page.getByText(/There is no job .*\(NOT_FOUND\)/).waitFor();
    });

    it.each([{ width: 1440, height: 900 }, PHONE])(
      'shows the whole slide in both halves side by side, at $width px',
      async (size) => {
        await page.setViewportSize(size);
        await openJob(whole.id);
        await page.locator('.in-view', { hasText: /\d/ }).waitFor();
        await page.getByRole('button', { name: 'Side by side' }).click();
        await soon(() => page.locator('.pane').count()).toBe(2);
        // As large as it gets in half the room, and nothing of it outside.
        await soon(() => filledParts(page, whole)).toEqual([1, 1]);
        expect(await page.evaluate(SIDEWAYS)).toBe(0);
        await page.getByRole('button', { name: 'Side by side' }).click();
        await soon(() => filledParts(page, whole)).toEqual([1]);
      },
    );

    it('keeps the slide in sight on a phone while a region is drawn', async () => {
      await page.setViewportSize(PHONE);
      await openJob(whole.id);
      await page.locator('.in-view', { hasText: /\d/ }).waitFor();
      await page.getByRole('button', { name: 'Rectangle' }).click();
      expect(await page.evaluate('scrollY')).toBeGreaterThan(0);
      const stage = (await page.locator('.stage').boundingBox())!;
      expect(stage.y).toBeGreaterThanOrEqual(0);
      expect(stage.y + stage.height).toBeLessThan(PHONE.height * 0.7);
      const [x, y] = [stage.x + 100, stage.y + stage.height / 2 - 30];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 150, y + 60, { steps: 4 });
      await page.mouse.up();
      await page.locator('tfoot').waitFor();
      const table = (await page.locator('tfoot').boundingBox())!;
      expect(table.y).toBeGreaterThan(stage.y + stage.height);
      await soon(async () => {
        const { y: top, height } = (await page.locator('tfoot').boundingBox())!;
        return top + height;
      }).toBeLessThanOrEqual(PHONE.height);
      expect(await page.evaluate(SIDEWAYS)).toBe(0);
    });

    it('shows a crowd as a heat map, and its nuclei one by one from near', async () => {
      await page.setViewportSize(PHONE);
      await openJob(whole.id);
      await page.locator('.heat-key:visible').waitFor();
      for (let i = 0; i < 5; i++) await page.getByLabel('Zoom in').click();
      await page.locator('.heat-key').waitFor({ state: 'hidden' });
    });

    it('rounds what it says, and keeps long names in their places', async () => {
      await openJob(whole.id);
      await page.locator('.in-view', { hasText: /\d/ }).waitFor();
      const facts = await page.locator('#facts').textContent();
      expect(facts).toMatch(/0\.499 µm per pixel \(as asked for\)/);
      await page.getByRole('button', { name: 'All in view' }).click();
      const foot = await page.locator('tfoot').first().textContent();
      expect(foot).toMatch(/^All, 0\.876\smm²/);
      const files = page.locator('#files button');
      expect(await files.first().textContent()).toMatch(/^consep\.json \d+(\.\d)?\s[KM]B$/);
      expect(await files.first().getAttribute('title')).toBe(`${LONG}.consep.json`);
      for (const size of [page.viewportSize()!, PHONE]) {
        await page.setViewportSize(size);
        for (const path of [`/viewer?job=${whole.id}`, '/viewer']) {
          await page.goto(`${url}${path}`);
          await page.getByText(LONG.slice(0, 20)).first().waitFor();
          expect(await page.evaluate(SIDEWAYS)).toBe(0);
        }
      }
    });

    const LONG = 'TCGA-AA-3841-01Z-00-DX1.bd2ee2a6-c3d8-4d45-a0d2-0a8c1d6b7b0f of the second block';

    async function run(query: string): Promise<Job> {
      const name = encodeURIComponent(`${LONG}.tif`);
      const response = await fetch(`${url}/v1/jobs?${query}&tissue=none&name=${name}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'image/tiff' },
        body: slide,
      });
      const { id } = (await response.json()) as Job;
      for (;;) {
        const job = await jobOf(id, '?wait=30');
        if (job.finishedAt !== null) return job;
      }
    }

    async function jobOf(id: string, query = ''): Promise<Job> {
      return (await (await fetch(`${url}/v1/jobs/${id}${query}`, { headers })).json()) as Job;
    }

    async function openJob(id: string): Promise<void> {
      await withKey();
      await page.goto(`${url}/viewer?job=${id}`);
    }
  });

  async function withKey(): Promise<void> {
    await page.addInitScript(`sessionStorage.setItem('unicell-key', '${KEY}')`);
  }

  function inView(): Promise<string[]> {
    return page.locator('.in-view').allTextContents();
  }
});
