/** The viewer as a user meets it: in Chromium, with a slide, a key and the shipped model. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import type { PointsLayout } from '../../shared/api/viewer/viewer-schemas.ts';
import { areaText, roundedText } from '../../shared/viewer/amounts.ts';
import { violations } from '../../test/support/axe-violations.ts';
import { findChromium } from '../../test/support/chromium.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { syntheticField } from '../demo/synthetic/field.ts';

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn(
    'SKIPPED: no Chromium was found, so the viewer is not tested. Install it, or set CHROMIUM.',
  );
}

/** A browser and a model take their time on a machine that does something else as well. */
const SLOW_MS = 180_000;
/** Until the page shows what it should. */
const soon = (look: () => unknown) => expect.poll(look, { timeout: 20_000 });
const KEY = 'a-key-for-the-viewer';

describe.skipIf(executablePath === undefined)('the viewer', async () => {
  if (executablePath === undefined) return;
  const slides = tempFolder();
  const { raster } = syntheticField({ width: 512, height: 400, mpp: 0.5 });
  const raw = { width: raster.width, height: raster.height, channels: 3 as const };
  const slide = await sharp(raster.data, { raw })
    .tiff({ tile: true, pyramid: true, compression: 'deflate' })
    .toBuffer();
  await writeFile(join(slides, 'broken.svs'), 'no slide at all');
  const sha256 = createHash('sha256').update(KEY).digest('hex');
  const { url } = await gpuForTests({
    MODEL: 'compact',
    SLIDE_FOLDERS: slides,
    API_KEYS: JSON.stringify([{ id: 'user', sha256, scopes: ['detect', 'jobs'] }]),
  });
  const headers = { authorization: `Bearer ${KEY}` };
  const json = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    const answer = await fetch(`${url}${path}`, {
      ...init,
      headers: { ...headers, ...init.headers },
    });
    expect(answer.ok, `${path}: ${answer.status}`).toBe(true);
    return (await answer.json()) as T;
  };
  let browser: Browser;
  let page: Page;
  let job: Job;
  let requested: string[];
  let faults: string[];

  beforeAll(async () => {
    const args = ['--no-sandbox', '--enable-unsafe-swiftshader'];
    browser = await chromium.launch({ executablePath, args });
    await newPage();
    await page.goto(`${url}/viewer`);
    await page.locator('#key').fill(KEY);
    await page.locator('#key').blur();
    for (const dataset of ['CoNSeP', 'OCELOT']) await page.getByLabel(dataset).check();
    const buffer = Buffer.from(slide);
    await page
      .getByLabel(/^Slide or picture/)
      .setInputFiles({ name: 'field.tif', mimeType: 'image/tiff', buffer });
    await page.locator('#mpp').fill('0.5');
    await page.getByRole('button', { name: 'Find nuclei' }).click();
    await page.locator('#status.good').waitFor({ timeout: SLOW_MS });
    const id = new URL(page.url()).searchParams.get('job');
    job = await json<Job>(`/v1/jobs/${id}`);
    await page.close();
  }, SLOW_MS);
  afterAll(() => browser?.close());
  beforeEach(() => newPage(), SLOW_MS);
  afterEach(async () => {
    await page.close();
    expect(requested.filter((one) => !one.startsWith(url) && !/^(blob|data):/.test(one))).toEqual(
      [],
    );
    expect(faults).toEqual([]);
  });

  it('has run a job from the page, and shows its nuclei where they are', async () => {
    expect(job).toMatchObject({ status: 'completed', name: 'field.tif', image: { mpp: 0.5 } });
    expect(job.results.map(({ dataset }) => dataset)).toEqual(['consep', 'ocelot']);
    await openJob();
    await inView(job.results[0]!.total);
    const { classes } = job.results[0]!;
    const counts = await page.locator('.class-row .count').allTextContents();
    expect(counts.map(Number)).toEqual(classes.map(({ count }) => count));
    const swatches = await swatchColours();
    const most = classes.findIndex(
      ({ count }) => count === Math.max(...classes.map((c) => c.count)),
    );
    expect(await pixelsLike(swatches[most]!)).toBeGreaterThan(100);
  });

  it('hides a class', async () => {
    await openJob();
    await inView(job.results[0]!.total);
    const { classes } = job.results[0]!;
    const most = classes.findIndex(
      ({ count }) => count === Math.max(...classes.map((c) => c.count)),
    );
    const colour = (await swatchColours())[most]!;
    const before = await pixelsLike(colour);
    await page.locator('.class-row input').nth(most).uncheck();
    await inView(job.results[0]!.total - classes[most]!.count);
    expect(await pixelsLike(colour)).toBeLessThan(before / 10);
  });

  it('shows nuclei above a score, as many as the service lists', async () => {
    await openJob();
    await page.getByLabel('Lowest score').fill('0.6');
    const minScore = '0.6';
    const csv = await (
      await fetch(
        `${url}/v1/jobs/${job.id}/detections?dataset=consep&minScore=${minScore}&format=csv`,
        { headers },
      )
    ).text();
    const listed = csv.trim().split('\n').length - 1;
    expect(listed).toBeLessThan(job.results[0]!.total);
    await inView(listed);
  });

  it('counts a drawn rectangle as the service lists it', async () => {
    await openJob();
    await page.getByRole('button', { name: 'Rectangle' }).click();
    const stage = (await page.locator('.stage').boundingBox())!;
    const [x, y] = [stage.x + stage.width * 0.4, stage.y + stage.height * 0.3];
    const counted = page.waitForRequest((one) => one.url().endsWith('/counts'));
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 200, y + 150, { steps: 5 });
    await page.mouse.up();
    const { region } = (await counted).postDataJSON();
    const ring = region.coordinates[0] as [number, number][];
    const [xs, ys] = [ring.map((one) => one[0]), ring.map((one) => one[1])];
    const bbox = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    const path = `/v1/jobs/${job.id}/detections?dataset=consep&format=csv&bbox=${bbox}`;
    const csv = await (await fetch(`${url}${path}`, { headers })).text();
    const listed = csv.trim().split('\n').length - 1;
    expect(listed).toBeGreaterThan(5);
    await soon(() => page.locator('tfoot td').first().textContent()).toBe(String(listed));
    await page.getByRole('button', { name: 'Remove' }).click();
    await soon(() => page.locator('tfoot').count()).toBe(0);
  });

  it('counts all in view over the slide alone, however large the window is', async () => {
    const layout = await fetch(`${url}/v1/jobs/${job.id}/points`, { headers });
    const { image } = (await layout.json()) as PointsLayout;
    const areaMm2 = (image.width * image.height * image.mpp ** 2) / 1e6;
    const { total } = job.results[0]!;
    const size = page.viewportSize()!;
    for (const width of [size.width, Math.round(size.width * 0.8)]) {
      await page.setViewportSize({ width, height: size.height });
      await openJob();
      await page.getByRole('button', { name: 'All in view' }).click();
      await soon(() => page.locator('tfoot').first().locator('th, td').allTextContents()).toEqual([
        `All, ${areaText(areaMm2)}`,
        String(total),
        roundedText(total / areaMm2),
      ]);
    }
    await page.setViewportSize(size);
  });

  it('counts a polygon that is closed with Enter', async () => {
    await openJob();
    await page.getByRole('button', { name: 'Polygon' }).click();
    const stage = (await page.locator('.stage').boundingBox())!;
    for (const [x, y] of [
      [0.3, 0.3],
      [0.7, 0.35],
      [0.5, 0.7],
    ] as const) {
      await page.mouse.click(stage.x + stage.width * x, stage.y + stage.height * y);
    }
    await page.keyboard.press('Enter');
    await page.locator('tfoot').waitFor();
    const polygon = page.locator('.region polygon');
    expect((await polygon.getAttribute('points'))!.split(' ')).toHaveLength(3);
    const pressed = await page
      .getByRole('button', { name: 'Polygon' })
      .getAttribute('aria-pressed');
    expect(pressed).toBe('false');
  });

  it('shows two readings of one place side by side', async () => {
    await openJob();
    await page.getByRole('button', { name: 'Side by side' }).click();
    await soon(() => page.locator('.in-view').allTextContents()).toEqual(
      job.results.map(({ total }) => `${total} in view`),
    );
    expect(await page.locator('.caption').allTextContents()).toEqual(['CoNSeP', 'OCELOT']);
    const before = await scaleBars();
    await page.getByLabel('Zoom in').nth(1).click();
    await page.getByLabel('Zoom in').nth(1).click();
    await soon(async () => new Set(await scaleBars()).size).toBe(1);
    expect(await scaleBars()).not.toEqual(before);
    await page.getByRole('button', { name: 'Side by side' }).click();
    expect(await page.locator('.pane').count()).toBe(1);
  });

  it('shows a heat map with its scale', async () => {
    await openJob();
    await page.getByLabel('Nuclei as').selectOption('heat');
    await page.locator('.heat-key:visible').waitFor();
    const to = Number((await page.locator('.heat-to').textContent())!.replaceAll(',', ''));
    expect(to).toBeGreaterThan(100);
  });

  it('downloads a result file with the key', async () => {
    await openJob();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^consep\.csv/ }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('field.consep.csv');
    const { sha256: hash } = job.exports.find(({ name }) => name === 'field.consep.csv')!;
    const bytes = await readFile(await file.path());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash);
  });

  it('is used with the keyboard alone', async () => {
    await openJob();
    await inView(job.results[0]!.total);
    const before = await scaleBars();
    await page.getByRole('application').focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('+');
    await soon(scaleBars).not.toEqual(before);
    await page.getByLabel('Classes of').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await page.getByRole('checkbox').first().isChecked()).toBe(false);
    await page.getByRole('button', { name: 'Polygon' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    const pressed = page.getByRole('button', { name: 'Polygon' }).getAttribute('aria-pressed');
    expect(await pressed).toBe('false');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('tfoot').waitFor();
  });

  it.each([
    ['before it was opened', 0],
    ['while its slide was being opened', 1],
  ])('says why a job failed %s, and that one is gone', async (_, times) => {
    const body = JSON.stringify({
      source: { type: 'path', path: 'broken.svs' },
      dataset: 'consep',
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const { id } = await json<Job>('/v1/jobs', init);
    const failed = await json<Job>(`/v1/jobs/${id}?wait=30`);
    expect(failed.status).toBe('failed');
    const planning = { ...failed, status: 'planning', finishedAt: null, errors: [] };
    if (times > 0) {
      await page.route(`**/v1/jobs/${id}`, (route) => route.fulfill({ json: planning }), { times });
    }
    await openJob(id);
    await page.getByText('failed', { exact: true }).waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(
      /^The job failed: .*\(IMAGE_UNSUPPORTED\)/,
    );
    await fetch(`${url}/v1/jobs/${id}`, { method: 'DELETE', headers });
    await page.reload();
    await page.getByText(/There is no job .*\(NOT_FOUND\)/).waitFor();
  });

  it('asks for a key that is missing', async () => {
    await page.goto(`${url}/viewer?job=${job.id}`);
    await page.getByText(/\(UNAUTHORIZED\)/).waitFor();
    await page.locator('#job-key').fill(KEY);
    await page.keyboard.press('Enter');
    await inView(job.results[0]!.total);
  });

  it('lends its overlay to any page with OpenSeadragon', async () => {
    const script = await readFile(
      new URL(
        '../../node_modules/openseadragon/build/openseadragon/openseadragon.min.js',
        import.meta.url,
      ),
      'utf8',
    );
    const html = `<!doctype html><html lang="en"><title>Elsewhere</title><link rel="icon" href="data:,">
      <div class="stage" id="stage" style="width: 800px; height: 600px"></div><script src="/osd.js"></script>
      <script type="module">
        const { attachNuclei } = await import('/viewer/overlay.js');
        const job = '/v1/jobs/${job.id}';
        const headers = { authorization: 'Bearer ${KEY}' };
        const viewer = OpenSeadragon({ id: 'stage', tileSources: job + '/iiif/info.json',
          showNavigationControl: false, loadTilesWithAjax: true, ajaxHeaders: headers });
        const onView = ({ classes, isExact }) => { window.seen = isExact && classes.reduce((a, b) => a + b); };
        window.overlay = await attachNuclei(viewer, { url: job, headers, dataset: 'ocelot', onView });
      </script>`;
    await page.route('**/elsewhere', (route) =>
      route.fulfill({ contentType: 'text/html', body: html }),
    );
    await page.route('**/osd.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: script }),
    );
    await page.goto(`${url}/elsewhere`);
    await soon(() => page.evaluate('window.seen')).toBe(job.results[1]!.total);
    const colours = await page.evaluate<string[]>(
      'window.overlay.dataset.classes.map(({ colour }) => colour)',
    );
    const counts = job.results[1]!.classes.map(({ count }) => count);
    const colour = colours[counts.indexOf(Math.max(...counts))]!;
    const rgb = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
    expect(await pixelsLike(rgb)).toBeGreaterThan(100);
    await page.evaluate('window.overlay.close()');
    expect(await page.locator('.unicell-overlay').count()).toBe(0);
  });

  it('has no faults that axe knows', async () => {
    await page.goto(`${url}/viewer`);
    expect(await violations(page)).toEqual([]);
    await openJob();
    await inView(job.results[0]!.total);
    expect(await violations(page)).toEqual([]);
  });

  async function newPage(): Promise<void> {
    [requested, faults] = [[], []];
    page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    page.on('request', (request) => requested.push(request.url()));
    page.on('pageerror', (error) => faults.push(error.message));
  }

  async function openJob(id = job.id): Promise<void> {
    await page.addInitScript(`sessionStorage.setItem('unicell-key', '${KEY}')`);
    await page.goto(`${url}/viewer?job=${id}`);
  }

  /** Waits until the page says how many nuclei it shows. */
  async function inView(count: number): Promise<void> {
    const text = `${count.toLocaleString('en-GB')} in view`;
    await soon(() => page.locator('.in-view').first().textContent()).toBe(text);
  }

  function scaleBars(): Promise<string[]> {
    return page.evaluate(
      `[...document.querySelectorAll('.scale-bar')].map((one) => one.textContent + one.style.width)`,
    );
  }

  function swatchColours(): Promise<[number, number, number][]> {
    return page.evaluate(`[...document.querySelectorAll('.swatch')].map((one) =>
      getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number))`);
  }

  /** Pixels of the stage that have nearly a colour. */
  async function pixelsLike(colour: readonly number[]): Promise<number> {
    const image = await page.locator('.stage').screenshot();
    const { data } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    let count = 0;
    for (let i = 0; i < data.length; i += 3) {
      const away = colour.map((value, k) => Math.abs(value - data[i + k]!));
      if (Math.max(...away) < 24) count++;
    }
    return count;
  }
});
