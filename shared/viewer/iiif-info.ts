import type { Size } from '../image/source.ts';
import { DEEP_ZOOM_TILE_PX } from './deep-zoom.ts';
import { MAX_PICTURE_PX } from './iiif-request.ts';

/**
 * `info.json` of the IIIF Image API 3.0, section 5.
 *
 * @param id The URL of the image, without `/info.json`.
 */
export function iiifInfo({ width, height }: Size, id: string): Record<string, unknown> {
  const largest = Math.max(width, height);
  const halvings = Math.max(0, Math.ceil(Math.log2(largest / DEEP_ZOOM_TILE_PX)));
  const scaleFactors = Array.from({ length: halvings + 1 }, (_, i) => 2 ** i);
  return {
    '@context': 'http://iiif.io/api/image/3/context.json',
    id,
    type: 'ImageService3',
    protocol: 'http://iiif.io/api/image',
    profile: 'level2',
    width,
    height,
    maxWidth: MAX_PICTURE_PX,
    maxHeight: MAX_PICTURE_PX,
    sizes: scaleFactors
      .map((factor) => ({ width: Math.ceil(width / factor), height: Math.ceil(height / factor) }))
      .filter((size) => Math.max(size.width, size.height) <= MAX_PICTURE_PX)
      .reverse(),
    tiles: [{ width: DEEP_ZOOM_TILE_PX, height: DEEP_ZOOM_TILE_PX, scaleFactors }],
    extraFormats: ['webp'],
    extraFeatures: ['mirroring', 'sizeUpscaling'],
  };
}
