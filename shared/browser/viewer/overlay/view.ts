/**
 * Where the slide lies on the screen at this moment.
 *
 * @module
 */
import type OpenSeadragon from 'openseadragon';
import type { ViewBox } from '../../../viewer/view-tiles.ts';

/** `(x, y)` of the slide lies at `origin + x * right + y * down` on the screen, in CSS pixels. */
export interface View {
  readonly origin: Place;
  readonly right: Place;
  readonly down: Place;
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The view of the first image of a viewer; `undefined` before it is open. */
export function viewOf(viewer: OpenSeadragon.Viewer): View | undefined {
  const item = viewer.world.getItemAt(0);
  if (!item) return undefined;
  const { x: width, y: height } = viewer.viewport.getContainerSize();
  const isFlipped = viewer.viewport.getFlip();
  const place = (x: number, y: number): Place => {
    const at = viewer.viewport.pixelFromPoint(item.imageToViewportCoordinates(x, y, true), true);
    return { x: isFlipped ? width - at.x : at.x, y: at.y };
  };
  // Far places, so that the differences keep their digits.
  const { x: far, y: deep } = item.getContentSize();
  const [origin, across, below] = [place(0, 0), place(far, 0), place(0, deep)];
  const step = (to: Place, length: number) => {
    return { x: (to.x - origin.x) / length, y: (to.y - origin.y) / length };
  };
  return { origin, right: step(across, far), down: step(below, deep), width, height };
}

/** Pixels of the slide per CSS pixel. */
export function scaleOf({ right }: View): number {
  return 1 / Math.hypot(right.x, right.y);
}

/** The place of the slide under a place of the screen. */
export function slidePlace({ origin, right, down }: View, { x, y }: Place): Place {
  const det = right.x * down.y - right.y * down.x;
  const [dx, dy] = [x - origin.x, y - origin.y];
  return { x: (dx * down.y - dy * down.x) / det, y: (dy * right.x - dx * right.y) / det };
}

/** The place of the screen over a place of the slide. */
export function screenPlace({ origin, right, down }: View, { x, y }: Place): Place {
  return {
    x: origin.x + x * right.x + y * down.x,
    y: origin.y + x * right.y + y * down.y,
  };
}

/** The smallest box of the slide that holds all that is seen. */
export function boxOf(view: View): ViewBox {
  const { width, height } = view;
  const corners = [
    slidePlace(view, { x: 0, y: 0 }),
    slidePlace(view, { x: width, y: 0 }),
    slidePlace(view, { x: 0, y: height }),
    slidePlace(view, { x: width, y: height }),
  ];
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
