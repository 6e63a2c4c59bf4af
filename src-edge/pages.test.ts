/** The pages as a user meets them: in Chromium, on the real Worker, with an image whose nuclei are known. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Download, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cellPixels, encode } from '../test/api/images.ts';
import { violations } from '../test/support/axe-violations.ts';
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

/** The tiny model has small windows. */
const VARIABLES = { UNICELL_ENV: 'local', MODEL: 'tiny', MAX_WINDOWS: '200' };
const SIDE = 64;
/** Pixels that a page is wider than its window. */
const SIDEWAYS = 'document.documentElement.scrollWidth - innerWidth';
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
  const edge = await edgeForTests({ models, variables: VARIABLES });
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
    page.setDefaultTimeout(30_000);
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

    it('shows a picture as soon as it is chosen', async () => {
      await choose();
      await page.locator('#picture:visible').waitFor();
      expect(await page.locator('#name').textContent()).toBe('field.png, 64 × 64 px');
      expect(await dotAt(EPITHELIAL[0]!)).toEqual([...EPITHELIAL[0]!.rgb]);
    });

    it('finds nuclei in a chosen picture, draws them by class, and says who answered', async () => {
      await find();
      expect(await page.getByRole('status').textContent()).toBe('3 nuclei');
      expect(await page.locator('#facts').textContent()).toBe(
        'Answered by the edge with tiny 1.0.0 (fp32), at 0.5 µm per pixel, as you said, in 1 window.',
      );
      expect(await classCounts()).toEqual(['Inflammatory 0', 'Epithelial 2', 'Spindle-shaped 1']);
      const colours = await swatches();
      expect(await ringHas(EPITHELIAL[0]!, colours[1]!)).toBe(true);
      expect(await ringHas(STROMAL[0]!, colours[2]!)).toBe(true);
      expect(await page.getByRole('img').getAttribute('aria-labelledby')).toBe('name status');
    });

    it('says why this dataset was chosen, by the organ that it was told', async () => {
      await find(image, 'auto');
      expect(await page.locator('#reason').textContent()).toMatch(/no hint of an organ/);
      await page.getByLabel('Organ', { exact: true }).selectOption('colon');
      await submit();
      expect(await page.locator('#dataset-name').textContent()).toBe('CoNSeP');
      expect(await page.locator('#reason').textContent()).toMatch(
        /^The hint says colon, and consep/,
      );
    });

    it('says how many seconds each step took, and all of them', async () => {
      // Of its many windows some take longer than the clock's millisecond.
      await page.getByRole('button', { name: 'Glands' }).click();
      await page.waitForSelector('#answer:not([hidden])');
      const rows = await page.locator('#steps tbody tr').allTextContents();
      expect(rows.join()).toMatch(/find nuclei\d+\.\d\d\ss/);
      const all = await page.locator('#steps tfoot').textContent();
      expect(all).toMatch(/^in all\d+\.\d\d\ss$/);
      const seconds = (text: string) => Number(/([\d.]+)\ss$/.exec(text)![1]);
      const sum = rows.reduce((total, row) => total + seconds(row), 0);
      expect(Math.abs(sum - seconds(all!))).toBeLessThan(0.05);
    });

    it.each(['Glands', 'Lymphocytes', 'Gland, 40x'])(
      'finds nuclei in its own sample %s',
      async (name) => {
        await page.getByRole('button', { name }).click();
        await page.waitForSelector('#answer:not([hidden])');
        const mpp = name.endsWith('40x') ? '0.25' : '0.5';
        expect(await page.getByLabel(/^Micrometres/).inputValue()).toBe(mpp);
        expect(await page.getByLabel('Organ', { exact: true }).inputValue()).toBe('colon');
        expect(await page.locator('#name').textContent()).toMatch(/512 × 512 px$/);
        // What is known of a sample is not known of another picture.
        await choose();
        await page.locator('#name', { hasText: 'field.png' }).waitFor();
        expect(await page.getByLabel(/^Micrometres/).inputValue()).toBe('');
        expect(await page.getByLabel('Organ', { exact: true }).inputValue()).toBe('');
        expect(await page.locator('#answer').isVisible()).toBe(false);
      },
    );

    it('prefills no resolution, and asks for one where the file says none', async () => {
      const mpp = page.getByLabel(/^Micrometres/);
      expect(await mpp.inputValue()).toBe('');
      await choose();
      await expect.poll(() => mpp.getAttribute('required')).toBe('');
      await page.getByRole('button', { name: 'Find nuclei' }).click();
      expect(await page.evaluate('document.activeElement.id')).toBe('mpp');
    });

    it.each([
      ['field.tif', 'II*\0', /“field\.tif” is a TIFF, .*none stands behind this edge/],
      [
        'field.bmp',
        `BM${'\0'.repeat(14)}`,
        /“field\.bmp” is a BMP, .*none stands behind this edge/,
      ],
      ['notes.txt', 'no picture', /“notes\.txt” is no JPEG, PNG, WebP, TIFF or BMP/],
    ])('refuses %s by name, at once', async (name, content, reason) => {
      const buffer = Buffer.from(content, 'latin1');
      await choose({ name, mimeType: 'application/octet-stream', buffer });
      await page.locator('#problem:not(:empty)').waitFor();
      expect(await page.getByRole('alert').textContent()).toMatch(reason);
      expect(await page.locator('#picture').isVisible()).toBe(false);
      expect(requested.some((url) => url.includes('/v1/detect'))).toBe(false);
      await page.getByRole('button', { name: 'Find nuclei' }).click();
      await page.getByText('Choose a picture first').waitFor();
    });

    it('asks for no key and offers no viewer where there is none', async () => {
      await choose();
      await page.locator('#picture:visible').waitFor();
      expect(await page.getByLabel('Key').isVisible()).toBe(false);
      expect(await page.getByRole('link', { name: 'Viewer' }).isVisible()).toBe(false);
      expect(await page.getByRole('button', { name: 'viewer' }).isVisible()).toBe(false);
    });

    it('has no sideways scroll on a phone, before and after an answer', async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await page.evaluate(SIDEWAYS)).toBe(0);
      await find({ ...image, name: `${'a long name '.repeat(14)}.png` });
      expect(await page.evaluate(SIDEWAYS)).toBe(0);
    });

    it('invites no TIFF where nobody reads it', async () => {
      expect(await page.locator('#drop span').first().innerText()).not.toMatch(/TIFF/);
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
      await page.locator('#name', { hasText: 'dropped.png' }).waitFor();
      await find(undefined);
      expect(await classCounts()).toContain('Epithelial 2');
    });

    it('hides and shows a class', async () => {
      await find();
      const colours = await swatches();
      const epithelial = page.getByRole('checkbox', { name: 'Epithelial' });
      await epithelial.uncheck();
      expect(await ringHas(EPITHELIAL[0]!, colours[1]!)).toBe(false);
      expect(await ringHas(STROMAL[0]!, colours[2]!)).toBe(true);
      await epithelial.check();
      expect(await ringHas(EPITHELIAL[0]!, colours[1]!)).toBe(true);
    });

    it('downloads GeoJSON and CSV of what is shown', async () => {
      await find();
      const geojson = await download('GeoJSON for QuPath');
      expect(geojson.suggestedFilename()).toBe('field.consep.geojson');
      const { type, features } = JSON.parse(await readFile(await geojson.path(), 'utf8'));
      expect(type).toBe('FeatureCollection');
      const names = (features as { properties: { classification: { name: string } } }[]).map(
        ({ properties }) => properties.classification.name,
      );
      expect(names.sort()).toEqual(['Epithelial', 'Epithelial', 'Spindle-shaped']);
      const csv = await download('CSV');
      expect(csv.suggestedFilename()).toBe('field.consep.csv');
      const [head, ...rows] = (await readFile(await csv.path(), 'utf8')).trim().split('\n');
      expect(head).toBe('x,y,class,score');
      const points = rows.map((row) => row.split(',').slice(0, 2).map(Number));
      const expected = [...EPITHELIAL, ...STROMAL].map(({ x, y }) => [x, y]);
      expect(points).toHaveLength(expected.length);
      expect(points).toEqual(expect.arrayContaining(expected));
    });

    it('answers under the dataset that was chosen', async () => {
      await find(image, 'ocelot');
      expect(await page.locator('#dataset-name').textContent()).toBe('OCELOT');
      expect(await page.locator('#reason').textContent()).toBe('The request named ocelot.');
    });

    it('is used with the keyboard alone', async () => {
      await choose();
      await page.getByLabel(/^Micrometres/).focus();
      await page.keyboard.type('0.5');
      const order: string[] = [];
      for (let i = 0; i < 4; i++) {
        await page.keyboard.press('Tab');
        order.push(
          await page.evaluate('document.activeElement.id || document.activeElement.localName'),
        );
        if (order.at(-1) === 'dataset') await page.keyboard.type('CoNSeP');
      }
      expect(order).toEqual(['organ', 'dataset', 'summary', 'button']);
      await page.keyboard.press('Enter');
      await page.waitForSelector('#answer:not([hidden])');
      await page.getByRole('checkbox').first().focus();
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
      await choose({ ...image, buffer });
      await page.getByLabel(/^Micrometres/).fill('0.5');
      await page.getByRole('button', { name: 'Find nuclei' }).click();
      await page.locator('#problem:not(:empty)').waitFor();
      expect(await page.getByRole('alert').textContent()).toMatch(
        /truncated.*\(IMAGE_UNREADABLE\)/,
      );
      expect(await page.locator('#answer').isVisible()).toBe(false);
      expect(await page.locator('#busy').isVisible()).toBe(false);
    });

    it('shows nothing of a result before there is one', async () => {
      expect(await page.locator('#answer').isVisible()).toBe(false);
      expect(await page.locator('button:visible').allTextContents()).toEqual([
        'Glands',
        'Lymphocytes',
        'Gland, 40x',
        'Find nuclei',
      ]);
    });

    it('has no faults that axe knows, before and after an answer', async () => {
      expect(await violations(page)).toEqual([]);
      await find();
      expect(await violations(page)).toEqual([]);
    });
  });

  it('the viewer says that no service stands behind this edge', async () => {
    await page.goto(`${edge.url}/viewer`);
    await page.getByText('This is an edge without a GPU service behind it.').waitFor();
    expect(await page.locator('#form').isVisible()).toBe(false);
    expect(await page.getByText('GPU_SERVICE_URL').isVisible()).toBe(true);
    expect(await page.getByRole('alert').textContent()).toBe('');
    expect(await violations(page)).toEqual([]);
  });

  /** The input; "Picture" is also a part of other labels. */
  async function choose(file: typeof image = image): Promise<void> {
    await page.locator('#file').setInputFiles(file);
  }

  /** @param file None where one has been chosen. */
  async function find(file: typeof image | undefined = image, dataset = 'consep'): Promise<void> {
    if (file) await choose(file);
    await page.locator('#picture:visible').waitFor();
    await page.getByLabel(/^Micrometres/).fill('0.5');
    await page.getByLabel('Dataset:').selectOption(dataset);
    await submit();
  }

  async function submit(): Promise<void> {
    const answered = page.waitForResponse((one) => one.url().includes('/v1/detect'));
    await page.getByRole('button', { name: 'Find nuclei' }).click();
    await answered;
    await page.waitForSelector('#answer:not([hidden])');
  }

  async function download(button: string): Promise<Download> {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: button }).click(),
    ]);
    return file;
  }

  async function classCounts(): Promise<string[]> {
    const rows = await page.locator('#classes label').all();
    return Promise.all(
      rows.map(async (row) => (await row.locator('span').allTextContents()).join(' ').trim()),
    );
  }

  /** Colours of the classes, RGB. */
  function swatches(): Promise<number[][]> {
    return page.evaluate(`[...document.querySelectorAll('.swatch')].map((one) =>
      getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number))`);
  }

  /** The colour of the canvas at the centre of a cell. */
  function dotAt({ x, y }: Cell): Promise<number[]> {
    return page.evaluate(`(() => {
      const canvas = document.getElementById('canvas');
      const scale = canvas.width / ${SIDE};
      const { data } = canvas.getContext('2d').getImageData(${x} * scale, ${y} * scale, 1, 1);
      return [...data].slice(0, 3);
    })()`);
  }

  /** Whether a colour lies around a cell's centre, no farther away than the largest ring. */
  function ringHas({ x, y }: Cell, colour: readonly number[]): Promise<boolean> {
    return page.evaluate(`(() => {
      const canvas = document.getElementById('canvas');
      const scale = canvas.width / ${SIDE};
      const reach = 11 * scale;
      const { data } = canvas.getContext('2d')
        .getImageData(${x} * scale - reach, ${y} * scale - reach, 2 * reach, 2 * reach);
      const wanted = ${JSON.stringify(colour)};
      for (let i = 0; i < data.length; i += 4) {
        if (wanted.every((value, k) => data[i + k] === value)) return true;
      }
      return false;
    })()`);
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
