/** What the pages show, as pixels of the screen. */
import type { Page } from 'playwright-core';
import type { Job } from '../../shared/api/jobs/job-schemas.ts';

/** Mean of the colours of the playground's canvas at a place of a picture that is `widthPx` wide. */
export function brightnessAt(page: Page, widthPx: number, x: number, y: number): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.getElementById('canvas');
    const scale = canvas.width / ${widthPx};
    const { data } = canvas.getContext('2d').getImageData(${x} * scale, ${y} * scale, 1, 1);
    return (data[0] + data[1] + data[2]) / 3;
  })()`);
}

/** Of each pane of the viewer: the part of its width or height that the slide takes, and 0 where some of it is outside. */
export async function filledParts(page: Page, { image }: Job): Promise<number[]> {
  const bars = await page.evaluate<[number, string, number, number][]>(
    `[...document.querySelectorAll('.pane')].map((pane) => {
      const bar = pane.querySelector('.scale-bar');
      return [Number.parseFloat(bar.style.width), bar.textContent, pane.clientWidth, pane.clientHeight];
    })`,
  );
  return bars.map(([px, text, width, height]) => {
    const um = Number.parseFloat(text) * (text.endsWith('mm') ? 1000 : 1);
    const pxPerSlidePx = (px / um) * image!.mpp;
    const parts = [(image!.width * pxPerSlidePx) / width, (image!.height * pxPerSlidePx) / height];
    return Math.round(Math.max(...parts) * 10) / 10;
  });
}
