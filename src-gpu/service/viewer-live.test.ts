/** A job that runs while somebody looks at it, in Chromium. */
import { type Browser, chromium } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { Job } from '../../shared/api/job-schemas.ts';
import { findChromium } from '../../test/support/chromium.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';

const executablePath = findChromium();
if (executablePath === undefined) {
  console.warn(
    'SKIPPED: no Chromium was found, so a running job is not looked at. Install it, or set CHROMIUM.',
  );
}
const SLOW_MS = 180_000;

describe.skipIf(executablePath === undefined)('a running job', async () => {
  if (executablePath === undefined) return;
  // Three chunks from left to right.
  const { file } = await cellPyramid(tempFolder(), 12_000, 1400);
  const { url } = await gpuForTests({ CHUNKS_IN_FLIGHT: '1' });
  let browser: Browser | undefined;
  afterAll(() => browser?.close());

  it(
    'paints what is found as it is found, and does first what is on the screen',
    async () => {
      browser = await chromium.launch({
        executablePath,
        args: ['--no-sandbox', '--enable-unsafe-swiftshader'],
      });
      const page = await browser.newPage({ viewport: { width: 1200, height: 700 } });
      const query = 'dataset=consep&mpp=0.5&tissue=none&name=cells.tif';
      const made = await fetch(`${url}/v1/jobs?${query}`, { method: 'POST', body: file });
      const { id } = (await made.json()) as Job;
      const focused = page.waitForRequest((one) => one.method() === 'PATCH');
      await page.goto(`${url}/viewer?job=${id}`);
      const inView = page.locator('.in-view');
      await inView.filter({ hasText: /[1-9][\d,]* in view so far/ }).waitFor({ timeout: SLOW_MS });
      const tile = await fetch(`${url}/v1/jobs/${id}/points/consep/0/0/0`);
      expect(tile.headers.get('x-partial')).toBe('true');
      expect(tile.headers.get('cache-control')).toBe('no-store');
      await page.getByRole('application').focus();
      await page.keyboard.press('+');
      expect((await focused).url()).toBe(`${url}/v1/jobs/${id}/focus`);
      expect((await focused).postDataJSON().bbox).toHaveLength(4);
      await page.locator('#status.good').waitFor({ timeout: SLOW_MS });
      await page.keyboard.press('0');
      const job = (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as Job;
      const total = job.results[0]!.total.toLocaleString('en-GB');
      await expect
        .poll(() => inView.textContent(), { timeout: SLOW_MS / 9 })
        .toMatch(new RegExp(`^(≈ )?${total} in view$`));
      await page.close();
    },
    2 * SLOW_MS,
  );
});
