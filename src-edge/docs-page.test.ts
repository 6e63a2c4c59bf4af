/** The page `/docs` as a user meets it: in Chromium, on the real Worker. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { violations } from '../test/support/axe-violations.ts';
import { findChromium } from '../test/support/chromium.ts';
import { edgeForTests } from '../test/support/edge-worker.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { writeTinyModel } from '../test/support/tiny-model.ts';

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn(
    'SKIPPED: no Chromium was found, so /docs is not tested. Install it, or set CHROMIUM.',
  );
}
/** The tiny model has small windows. */
const VARIABLES = { UNICELL_ENV: 'local', MODEL: 'tiny', MAX_WINDOWS: '200' };

describe.skipIf(executablePath === undefined)('the reference', async () => {
  if (executablePath === undefined) return;
  const models = tempFolder();
  await writeTinyModel(join(models, 'tiny'));
  const edge = await edgeForTests({ models, variables: VARIABLES });
  let browser: Browser;
  let page: Page;
  let elsewhere: string[];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    elsewhere = [];
    page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    page.on('request', (request) => {
      if (!request.url().startsWith(edge.url) && !/^(blob|data):/.test(request.url())) {
        elsewhere.push(request.url());
      }
    });
    await page.goto(`${edge.url}/docs#MPP_UNKNOWN`);
    await page.waitForSelector('.opblock');
  });
  afterEach(async () => {
    await page.close();
    expect(elsewhere).toEqual([]);
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

  it('fits a phone, and scrolls no way but down', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const wider = `[...document.querySelectorAll('body *')]
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('pre'))
      .map((one) => one.tagName + '.' + one.className).slice(0, 5)`;
    await expect.poll(() => page.evaluate<string[]>(wider)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
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

  it('offers a detection that runs as it stands', async () => {
    const operation = page.locator('#operations-detect-detect');
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    const types = operation.locator('.opblock-section-request-body select').first();
    await types.selectOption('application/json');
    await operation.getByRole('button', { name: 'Execute' }).click();
    const table = operation.locator('.live-responses-table');
    await table.locator('tbody .response-col_status').first().waitFor();
    expect(await table.locator('tbody .response-col_status').first().textContent()).toMatch(/^200/);
    expect(await table.textContent()).toMatch(/"width": 80,/);
  });

  it.each([
    ['curl', 'sh', ['-c'], /^x,y,class,score\n(\d.*\n)+$/],
    ['Python', 'python3', ['-c'], /^CoNSeP \{'count': \d+/],
    ['JavaScript', process.execPath, ['--input-type=module', '-e'], /name: 'CoNSeP'/],
  ])('shows a program in %s that runs as it stands', async (language, command, args, output) => {
    const program = await page.locator(`[data-language=${language}]`).textContent();
    const stdout = await promisify(execFile)(command, [...args, program!], { cwd: models });
    expect(stdout.stdout).toMatch(output);
  });

  it('has no faults that axe knows, but for two of Swagger UI', async () => {
    await page.locator('#operations-detect-detect .opblock-summary-control').click();
    expect(await page.getByText('Micrometres per pixel').first().isVisible()).toBe(true);
    const own = (await violations(page)).filter(
      (one) => !/^(nested-interactive|select-name): /.test(one),
    );
    expect(own).toEqual([]);
  });
});
