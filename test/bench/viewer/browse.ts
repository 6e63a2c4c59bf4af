/**
 * Somebody who looks at a slide: pans and zooms with the mouse, while the browser notes when it draws.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';

const VIEWPORT = { width: 1440, height: 900 };
/** Something that changes in every frame, so that a pause between two frames is never one of the page's own. */
const KEEP_PAINTING = `
  addEventListener('DOMContentLoaded', () => {
    const dot = document.createElement('div');
    dot.style.cssText = 'position: fixed; left: 0; top: 0; width: 2px; height: 2px';
    document.body.append(dot);
    let isDark = false;
    requestAnimationFrame(function paint() {
      isDark = !isDark;
      dot.style.background = isDark ? '#000' : '#fff';
      requestAnimationFrame(paint);
    });
  });`;
const CATEGORIES = ['devtools.timeline.frame', 'disabled-by-default-devtools.timeline.frame'];

export interface Looked {
  /** Milliseconds between two frames that came to the screen, however often the page was asked to draw. */
  readonly pan: readonly number[];
  readonly zoom: readonly number[];
  /** Of panning over the whole slide with as many points as tiles have, instead of the heat map. */
  readonly points: readonly number[];
  readonly heapMb: number;
  readonly rssMb: number;
}

/** @param url Of the job in the viewer. */
export async function browse(browser: Browser, url: string): Promise<Looked> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  await page.addInitScript(KEEP_PAINTING);
  await page.goto(url);
  await page.locator('.in-view', { hasText: /\d/ }).waitFor();
  const zoom = await framesOf(browser, page, async () => {
    for (const deltaY of [-240, -240, -240, -240, -240, -240, 240, 240, -240]) {
      await page.mouse.move(850, 480);
      await page.mouse.wheel(0, deltaY);
      await page.waitForTimeout(500);
    }
  });
  const pan = await framesOf(browser, page, async () => {
    for (let round = 0; round < 3; round++) {
      await dragAround(page);
      await page.mouse.wheel(0, -240);
      await page.waitForTimeout(500);
    }
  });
  await page.getByLabel('Nuclei as').selectOption('points');
  await page.getByLabel('Show the whole slide').click();
  await page.getByLabel('Zoom in').click();
  await page.waitForTimeout(3000);
  const points = await framesOf(browser, page, () => dragAround(page));
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value;
  const rssMb = await rendererRssMb(browser);
  await page.close();
  return { pan, zoom, points, heapMb: heap / 1e6, rssMb };
}

async function dragAround(page: Page): Promise<void> {
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
}

async function framesOf(
  browser: Browser,
  page: Page,
  move: () => Promise<void>,
): Promise<number[]> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await move();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: { name: string; ts: number }[];
  };
  const draws = traceEvents.filter(({ name }) => name === 'DrawFrame').map(({ ts }) => ts / 1000);
  draws.sort((a, b) => a - b);
  return draws.slice(1).map((draw, i) => draw - draws[i]!);
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
