/**
 * Somebody who looks at a slide: pans and zooms with the mouse, while the page notes when it paints.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';

const VIEWPORT = { width: 1440, height: 900 };
/** Frames of a page at rest are not counted. */
const NOTE_FRAMES = `
  window.frameTimes = [];
  let last;
  requestAnimationFrame(function note(now) {
    if (last !== undefined) window.frameTimes.push(now - last);
    last = now;
    requestAnimationFrame(note);
  });`;

export interface Looked {
  /** Milliseconds between two frames. */
  readonly pan: readonly number[];
  readonly zoom: readonly number[];
  readonly heapMb: number;
  readonly rssMb: number;
}

/** @param url Of the job in the viewer. */
export async function browse(browser: Browser, url: string): Promise<Looked> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.addInitScript(NOTE_FRAMES);
  await page.goto(url);
  await page.locator('.in-view', { hasText: /\d/ }).waitFor();
  const zoom = await framesOf(page, async () => {
    for (const deltaY of [-240, -240, -240, -240, -240, -240, 240, 240, -240]) {
      await page.mouse.move(850, 480);
      await page.mouse.wheel(0, deltaY);
      await page.waitForTimeout(500);
    }
  });
  const pan = await framesOf(page, async () => {
    for (let round = 0; round < 3; round++) {
      for (const [dx, dy] of [
        [-500, -200],
        [-300, 250],
        [450, 200],
        [380, -280],
      ] as const) {
        await page.mouse.move(850, 480);
        await page.mouse.down();
        await page.mouse.move(850 + dx, 480 + dy, { steps: 24 });
        await page.mouse.up();
        await page.waitForTimeout(300);
      }
      await page.mouse.wheel(0, -240);
      await page.waitForTimeout(500);
    }
  });
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value;
  const rssMb = await rendererRssMb(browser);
  await page.close();
  return { pan, zoom, heapMb: heap / 1e6, rssMb };
}

async function framesOf(page: Page, move: () => Promise<void>): Promise<number[]> {
  await page.evaluate('window.frameTimes.length = 0');
  await move();
  return page.evaluate('window.frameTimes');
}

/** Memory of the largest process that draws pages. */
async function rendererRssMb(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const sizes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]);
  return Math.max(...sizes.map((kb) => (Number(kb) * 1024) / 1e6));
}
