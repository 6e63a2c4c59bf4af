import type OpenSeadragon from 'openseadragon';
import { scaleOf, viewOf } from '../overlay/view.ts';

/** Longest bar, in CSS pixels. */
const MOST_PX = 140;

/** Draws a bar of a round length. */
export function drawScaleBar(
  element: HTMLElement,
  viewer: OpenSeadragon.Viewer,
  mpp: number,
): void {
  const view = viewOf(viewer);
  if (view === undefined) return;
  const umPerPx = scaleOf(view) * mpp;
  const most = MOST_PX * umPerPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((digit) => digit * power).find((one) => one <= most) ?? power;
  element.style.width = `${length / umPerPx}px`;
  element.textContent = length >= 1000 ? `${length / 1000} mm` : `${length} µm`;
}
