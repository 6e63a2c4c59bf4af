/**
 * What may happen to a picture that changes none of its nuclei.
 *
 * @module
 */
import { blur, resampleTo, throughJpeg } from './degrade.ts';
import { turnHue } from './hue.ts';
import type { ResolvedImage } from './resolved-image.ts';
import { scaleStains } from './stain.ts';

export interface Perturbation {
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** A model that is fit for it loses at most this of its F_c; left out where nothing is asked. */
  readonly allowedFall?: number;
  /** @param modelMpp Micrometres per pixel at which the model looks. */
  apply(picture: ResolvedImage, modelMpp: number): Promise<ResolvedImage>;
}

const SLIGHT = 0.05;
const STRONG = 0.1;

const hue = (degrees: number): Perturbation => ({
  id: `hue${degrees > 0 ? '+' : ''}${degrees}`,
  name: `hue ${degrees > 0 ? '+' : ''}${degrees} degrees`,
  allowedFall: SLIGHT,
  apply: async ({ raster, mpp }) => ({ raster: turnHue(raster, degrees), mpp }),
});

const resolution = (wantedMpp: number, allowedFall?: number): Perturbation => ({
  id: `mpp-${wantedMpp}`,
  name: `at ${wantedMpp.toFixed(2)} um per pixel`,
  ...(allowedFall !== undefined && { allowedFall }),
  apply: (picture) => resampleTo(picture, wantedMpp),
});

export const PERTURBATIONS: readonly Perturbation[] = [
  hue(28),
  hue(-28),
  {
    id: 'stain-40',
    name: 'stains at 40 %',
    allowedFall: SLIGHT,
    apply: async ({ raster, mpp }) => ({ raster: scaleStains(raster, 0.4), mpp }),
  },
  {
    id: 'jpeg-50',
    name: 'JPEG quality 50',
    allowedFall: SLIGHT,
    apply: async ({ raster, mpp }) => ({ raster: await throughJpeg(raster, 50), mpp }),
  },
  {
    id: 'blur-2',
    name: 'blur of 2 px',
    allowedFall: STRONG,
    // Pixels of what the model sees, so that pictures of all resolutions are blurred alike.
    apply: async ({ raster, mpp }, modelMpp) => ({
      raster: await blur(raster, (2 * modelMpp) / mpp),
      mpp,
    }),
  },
  resolution(0.25),
  resolution(1, STRONG),
];
