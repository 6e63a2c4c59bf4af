/** The pages as a user meets them: in Chromium, on the real Worker, with an image whose nuclei are known. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Download, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cellPixels, encode } from '../test/api/images.ts';
import { findChromium } from '../test/support/chromium.ts';
import { edgeForTests } from '../test/support/edge-worker.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn(
    'SKIPPED: no Chromium was found, so the pages are not tested. Install it, or set CHROMIUM.',
  );
}

const SIDE = 64;
/** Centres and colours of the cells; the tiny model names a nucleus by its strongest colour. */
const EPITHELIAL: readonly Cell[] = [
  { x: 20, y: 12, rgb: [0, 100, 0] },
  { x: 60, y: 52, rgb: [0, 90, 0] },
];
const STROMAL: readonly Cell[] = [{ x: 36, y: 36, rgb: [0, 0, 100] }];
interface Cell {
  readonly x: number;
  readonly y: number;
  readonly rgb: readonly [number, number, number];
}

describe.skipIf(executablePath === undefined)('in Chromium', async () => {
  if (executablePath === undefined) return;
  const models = tempFolder();
  await writeTinyModel(join(models, 'tiny'));
  const edge = await edgeForTests({ models, variables: { UNICELL_ENV: 'local', MODEL: 'tiny' } });
  const image = {
    name: 'field.png',
    mimeType: 'image/png',
    buffer: Buffer.from(await encode(pixelsOf([...EPITHELIAL, ...STROMAL]), SIDE, SIDE, 'png')),
  };
  let browser: Browser;
  let page: Page;
  let requested: string[];
  let faults: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    [requested, faults] = [[], []];
    page = await browser.newPage();
    page.on('request', (request) => requested.push(request.url()));
    page.on('pageerror', (error) => faults.push(error.message));
  });
  afterEach(async () => {
    await page.close();
    const elsewhere = requested.filter(
      (url) => !url.startsWith(edge.url) && !/^(blob|data):/.test(url),
    );
    expect(elsewhere).toEqual([]);
    expect(faults).toEqual([]);
  });

  describe('the playground', () => {
    beforeEach(async () => {
      await page.goto(edge.url);
      await page.waitForSelector('option[value=consep]', { state: 'attached' });
    });

    it('finds nuclei in a chosen picture, draws them by class, and says who answered', async () => {
      await find();
      expect(await page.getByRole('status').textContent()).toMatch(
        /^3 nuclei, CoNSeP\. Answered by edge with tiny \(fp32\) in \d+\.\d\d s\.$/,
      );
      expect(await classLabels()).toEqual([
        'Inflammatory: 0',
        'Epithelial: 2',
        'Spindle-shaped: 1',
      ]);
      const colours = await swatches();
      expect(await ring(EPITHELIAL[0]!)).toEqual(colours[1]);
      expect(await ring(STROMAL[0]!)).toEqual(colours[2]);
      expect(await page.getByRole('img').getAttribute('aria-labelledby')).toBe('status');
    });

    it('prefills no resolution, and asks for one where the file says none', async () => {
      const mpp = page.getByLabel(/^Micrometres/);
      expect(await mpp.inputValue()).toBe('');
      await page
        .getByLabel(/^Picture/)
        .setInputFiles({ ...image, name: 'field.tif', mimeType: 'image/tiff' });
      expect(await mpp.getAttribute('required')).toBeNull();
      await page.getByLabel(/^Picture/).setInputFiles(image);
      expect(await mpp.getAttribute('required')).toBe('');
    });

    it('takes a picture that is dropped', async () => {
      const dataTransfer = await page.evaluateHandle(`(() => {
        const bytes = Uint8Array.from(atob(${JSON.stringify(image.buffer.toString('base64'))}), (c) => c.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
        return transfer;
      })()`);
      await page.locator('#drop').dispatchEvent('dragover', { dataTransfer });
      await page.locator('#drop').dispatchEvent('drop', { dataTransfer });
      await find(undefined);
      expect(await classLabels()).toContain('Epithelial: 2');
    });

    it('hides and shows a class', async () => {
      await find();
      const colours = await swatches();
      const epithelial = page.getByRole('checkbox', { name: 'Epithelial: 2' });
      await epithelial.uncheck();
      expect(await ring(EPITHELIAL[0]!)).not.toEqual(colours[1]);
      expect(await ring(STROMAL[0]!)).toEqual(colours[2]);
      await epithelial.check();
      expect(await ring(EPITHELIAL[0]!)).toEqual(colours[1]);
    });

    it('downloads GeoJSON and CSV of what is shown', async () => {
      await find();
      const geojson = await download('Download GeoJSON for QuPath');
      expect(geojson.suggestedFilename()).toBe('field.consep.geojson');
      const { type, features } = JSON.parse(await readFile(await geojson.path(), 'utf8'));
      expect(type).toBe('FeatureCollection');
      const names = (features as { properties: { classification: { name: string } } }[]).map(
        ({ properties }) => properties.classification.name,
      );
      expect(names.sort()).toEqual(['Epithelial', 'Epithelial', 'Spindle-shaped']);
      const csv = await download('Download CSV');
      expect(csv.suggestedFilename()).toBe('field.consep.csv');
      const [head, ...rows] = (await readFile(await csv.path(), 'utf8')).trim().split('\n');
      expect(head).toBe('x,y,class,score');
      const points = rows.map((row) => row.split(',').slice(0, 2).map(Number));
      const expected = [...EPITHELIAL, ...STROMAL].map(({ x, y }) => [x, y]);
      expect(points).toHaveLength(expected.length);
      expect(points).toEqual(expect.arrayContaining(expected));
    });

    it('answers under the dataset that was chosen', async () => {
      await page.getByLabel('Dataset').selectOption('ocelot');
      await find(image, null);
      expect(await page.getByRole('status').textContent()).toMatch(/^3 nuclei, OCELOT/);
    });

    it('is used with the keyboard alone', async () => {
      await page.getByLabel(/^Picture/).setInputFiles(image);
      await page.getByLabel('Dataset').focus();
      await page.keyboard.type('CoNSeP');
      const order: string[] = [];
      for (let i = 0; i < 4; i++) {
        await page.keyboard.press('Tab');
        order.push(await page.evaluate('document.activeElement.id || document.activeElement.type'));
      }
      expect(order).toEqual(['mpp', 'threshold', 'key', 'submit']);
      await page.getByLabel(/^Micrometres/).fill('0.5');
      await page.getByRole('button', { name: 'Find nuclei' }).focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('#result:not([hidden])');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      expect(await page.getByRole('checkbox').first().isChecked()).toBe(false);
      for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.keyboard.press('Enter'),
      ]);
      expect(file.suggestedFilename()).toBe('field.consep.geojson');
    });

    it('says what is wrong with a picture', async () => {
      const buffer = image.buffer.subarray(0, -20);
      await page.getByLabel(/^Picture/).setInputFiles({ ...image, buffer });
      await page.getByLabel(/^Micrometres/).fill('0.5');
      await page.getByRole('button', { name: 'Find nuclei' }).click();
      await page.locator('#problem:not(:empty)').waitFor();
      expect(await page.getByRole('alert').textContent()).toMatch(
        /truncated.*\(IMAGE_UNREADABLE\)/,
      );
      expect(await page.locator('#result').isVisible()).toBe(false);
    });

    it('shows nothing of a result before there is one', async () => {
      expect(await page.locator('#result').isVisible()).toBe(false);
      expect(await page.locator('button:visible').allTextContents()).toEqual(['Find nuclei']);
    });

    it('has no faults that axe knows, before and after an answer', async () => {
      expect(await violations()).toEqual([]);
      await find();
      expect(await violations()).toEqual([]);
    });
  });

  describe('the reference', () => {
    beforeEach(async () => {
      await page.goto(`${edge.url}/docs#MPP_UNKNOWN`);
      await page.waitForSelector('.opblock');
    });

    it('describes every operation, and shows the problem that led there', async () => {
      const { paths } = (await (await fetch(`${edge.url}/openapi.json`)).json()) as {
        paths: Record<string, object>;
      };
      const operations = Object.values(paths).flatMap((path) => Object.keys(path));
      expect(await page.locator('.opblock').count()).toBe(operations.length);
      expect(await page.locator('#MPP_UNKNOWN').textContent()).toMatch(/422.*not known/);
      const place =
        'document.querySelector("#MPP_UNKNOWN").getBoundingClientRect().top / innerHeight';
      await expect.poll(() => page.evaluate<number>(place)).toBeLessThan(1);
    });

    it('sends a request that is tried out', async () => {
      const operation = page.locator('#operations-models-listDatasets');
      await operation.locator('.opblock-summary-control').click();
      await operation.getByRole('button', { name: 'Try it out' }).click();
      await operation.getByRole('button', { name: 'Execute' }).click();
      await operation
        .locator('.live-responses-table .microlight, .live-responses-table pre')
        .first()
        .waitFor();
      expect(await operation.locator('.live-responses-table').textContent()).toContain('CoNSeP');
    });

    it('has no faults that axe knows, but for two of Swagger UI', async () => {
      await page.locator('#operations-detect-detect .opblock-summary-control').click();
      expect(await page.getByText('Micrometres per pixel').first().isVisible()).toBe(true);
      const own = (await violations()).filter(
        (one) => !/^(nested-interactive|select-name): /.test(one),
      );
      expect(own).toEqual([]);
    });
  });

  async function find(file: typeof image | undefined = image, dataset: string | null = 'consep') {
    if (file) await page.getByLabel(/^Picture/).setInputFiles(file);
    await page.getByLabel(/^Micrometres/).fill('0.5');
    if (dataset !== null) await page.getByLabel('Dataset').selectOption(dataset);
    await page.getByRole('button', { name: 'Find nuclei' }).click();
    await page.waitForSelector('#result:not([hidden])');
  }

  async function download(button: string): Promise<Download> {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: button }).click(),
    ]);
    return file;
  }

  async function classLabels(): Promise<string[]> {
    const labels = await page.locator('#classes label').allTextContents();
    return labels.map((label) => label.trim());
  }

  /** Colours of the classes, RGB. */
  function swatches(): Promise<number[][]> {
    return page.evaluate(`[...document.querySelectorAll('.swatch')].map((one) =>
      getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number))`);
  }

  /** The colour of the canvas just inside 3 um to the right of a cell's centre, where its ring is drawn. */
  function ring({ x, y }: Cell): Promise<number[]> {
    return page.evaluate(`[...document.getElementById('canvas').getContext('2d')
      .getImageData(${x + 5}, ${y}, 1, 1).data].slice(0, 3)`);
  }

  async function violations(): Promise<string[]> {
    await page.evaluate(axe.source);
    return page.evaluate(
      "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((n) => n.html).join(' ')))",
    );
  }
});

function pixelsOf(cells: readonly Cell[]): Uint8Array {
  const pixels = cellPixels(SIDE, SIDE, []);
  for (const { x, y, rgb } of cells) {
    for (let row = y - 4; row < y + 4; row++) {
      for (let column = x - 4; column < x + 4; column++) {
        pixels.set(rgb, (row * SIDE + column) * 3);
      }
    }
  }
  return pixels;
}
