/**
 * The resolution of a slide as its finest instance states it, checked against the glass that it covers.
 *
 * @module
 */
import { MAX_MPP, MIN_MPP } from '../image/resolution.ts';
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
  const spacing = spacingUm && meanOf(spacingUm.x, spacingUm.y);
  const volume = volumeUm && meanOf(volumeUm.width / matrix.width, volumeUm.height / matrix.height);
  const warnings: SeriesMpp['warnings'][number][] = [];
  if (spacingUm && differ(spacingUm.x, spacingUm.y)) {
    warnings.push({
      code: 'PIXELS_NOT_SQUARE',
      detail: `The pixels of the instance ${uid} are ${shown(spacingUm.x)} x ${shown(spacingUm.y)} um; the mean counts.`,
    });
  }
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

function meanOf(x: number, y: number): number | undefined {
  const mean = (x + y) / 2;
  return mean >= MIN_MPP && mean <= MAX_MPP ? mean : undefined;
}

function differ(a: number, b: number): boolean {
  return Math.abs(a - b) > TOLERANCE * Math.min(a, b);
}

function shown(um: number): string {
  return String(Number(um.toPrecision(4)));
}
