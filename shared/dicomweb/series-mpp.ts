/**
 * The resolution of a slide as its finest instance states it, checked against the glass that it covers.
 *
 * @module
 */
import { mppOfPixel, notSquareWarnings } from '../image/pixel-size.ts';
import type { WsmInstance } from './wsm-instance.ts';

export interface SeriesMpp {
  /** Micrometres per pixel of level 0; `undefined` when nothing says it. */
  readonly mpp: number | undefined;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
}

/** Two statements that differ by more than this contradict each other. */
const TOLERANCE = 0.02;

/**
 * Pixel Spacing, and where it is missing the Imaged Volume over its pixels. What no microscope gives counts
 * as missing.
 */
export function seriesMpp(
  finest: Pick<WsmInstance, 'uid' | 'matrix' | 'spacingUm' | 'volumeUm'>,
): SeriesMpp {
  const { matrix, spacingUm, volumeUm, uid } = finest;
  const spacing = spacingUm && mppOfPixel(spacingUm);
  const volumeSize = volumeUm && {
    x: volumeUm.width / matrix.width,
    y: volumeUm.height / matrix.height,
  };
  const volume = volumeSize && mppOfPixel(volumeSize);
  const warnings: SeriesMpp['warnings'][number][] = [];
  const size = spacing === undefined ? volumeSize : spacingUm;
  if (size) warnings.push(...notSquareWarnings(`The instance ${uid}`, size));
  if (spacing !== undefined) {
    if (volume !== undefined && differ(spacing, volume)) {
      warnings.push({
        code: 'MPP_CONTRADICTED',
        detail: `The instance ${uid} has a Pixel Spacing of ${shown(spacing)} um and an imaged volume that makes ${shown(volume)} um per pixel. Pixel Spacing counts; pass mpp if it is wrong.`,
      });
    }
    return { mpp: spacing, warnings };
  }
  if (volume !== undefined) {
    warnings.push({
      code: 'MPP_FROM_VOLUME',
      detail: `The instance ${uid} has no Pixel Spacing that can be; its imaged volume makes ${shown(volume)} um per pixel.`,
    });
  }
  return { mpp: volume, warnings };
}

function differ(a: number, b: number): boolean {
  return Math.abs(a - b) > TOLERANCE * Math.min(a, b);
}

function shown(um: number): string {
  return String(Number(um.toPrecision(4)));
}
