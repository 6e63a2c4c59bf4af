/** A job that runs while somebody looks at it, in Chromium. */
import { type Browser, chromium } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { findChromium } from '../../test/support/chromium.ts';
import { gpuForTests } from '../../test/support/gpu-service.ts';
import { serveLoopback } from '../../test/support/loopback.ts';
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
  // Three chunks, one below the other. Uncompressed, so that a row of tiles lies at a known place.
  const [width, height, tilePx] = [1400, 12_000, 256];
  const { file } = await cellPyramid(tempFolder(), width, height, 'none');
  const rowBytes = Math.ceil(width / tilePx) * tilePx * tilePx * 3;
  // Rows of the last chunk: the job waits for them, so it runs as long as it is looked at. Before it runs
  // they are not held: the fingerprint of the slide is taken over all of the file.
  const [heldFrom, heldTo] = [40 * rowBytes, 45 * rowBytes];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await serveLoopback(async (request, response) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range) return void response.writeHead(400).end();
    const [start, end] = [Number(range[1]), Math.min(Number(range[2]), file.length - 1)];
    const isHeld = start >= heldFrom && start < heldTo && (await getJob()).status === 'running';
    if (isHeld) await released;
    response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${file.length}` });
    response.end(file.subarray(start, end + 1));
  });
  afterAll(() => server.close());
  const { url } = await gpuForTests({ CHUNKS_IN_FLIGHT: '1', TRUSTED_HOSTS: server.host });
  let id = '';
  const getJob = async () => (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as Job;
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
      const source = { type: 'url', url: `${server.url}/cells.tif` };
      const made = await fetch(`${url}/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ dataset: 'consep', mpp: 0.5, tissue: 'none', source }),
      });
      id = ((await made.json()) as Job).id;
      const focused = page.waitForRequest((one) => one.method() === 'PATCH', { timeout: SLOW_MS });
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
      release();
      await page.locator('#status.good').waitFor({ timeout: SLOW_MS });
      await page.keyboard.press('0');
      const total = (await getJob()).results[0]!.total.toLocaleString('en-GB');
      await expect
        .poll(() => inView.textContent(), { timeout: SLOW_MS / 9 })
        .toMatch(new RegExp(`^(≈ )?${total} in view$`));
      await page.close();
    },
    2 * SLOW_MS,
  );
});
