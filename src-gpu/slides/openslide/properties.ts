/**
 * What OpenSlide knows of a slide besides its pixels.
 *
 * @module
 */
import { mppOfPixel, notSquareWarnings, type PixelSize } from '../../../shared/image/pixel-size.ts';
import type { Slide, SlideWarning } from '../slide.ts';

/** A property by name; null when the slide has none. */
export type Properties = (name: string) => string | null;

/** Micrometres per pixel; `undefined` when the slide does not say, or nothing that can be. */
export function mppOf(property: Properties): number | undefined {
  const size = pixelSizeOf(property);
  return size && mppOfPixel(size);
}

function pixelSizeOf(property: Properties): PixelSize | undefined {
  const x = numberOf(property, 'openslide.mpp-x');
  const y = numberOf(property, 'openslide.mpp-y') ?? x;
  return x && y ? { x, y } : undefined;
}

/** The scanned area within level 0, when it is less than all of it. */
export function boundsOf(
  property: Properties,
  slide: Pick<Slide, 'width' | 'height'>,
): Slide['bounds'] {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) =>
    numberOf(property, `openslide.bounds-${name}`),
  );
  if (x === undefined || y === undefined || !width || !height) return undefined;
  const isAll = x === 0 && y === 0 && width === slide.width && height === slide.height;
  return isAll ? undefined : { x, y, width, height };
}

/** What a user should know. */
export function warningsOf(property: Properties, bounds: Slide['bounds']): SlideWarning[] {
  const warnings: SlideWarning[] = [];
  if (bounds) {
    const { x, y, width, height } = bounds;
    warnings.push({
      code: 'SLIDE_BOUNDS',
      detail: `The scanned area is ${width} x ${height} pixels at (${x}, ${y}) of the slide. Coordinates are those of the whole slide, but in the formats for QuPath, which shows only this area and counts from its corner.`,
    });
  }
  const size = pixelSizeOf(property);
  return size ? [...warnings, ...notSquareWarnings('The slide', size)] : warnings;
}

function numberOf(property: Properties, name: string): number | undefined {
  const text = property(name);
  const value = Number(text ?? Number.NaN);
  return text !== null && text !== '' && Number.isFinite(value) ? value : undefined;
}
