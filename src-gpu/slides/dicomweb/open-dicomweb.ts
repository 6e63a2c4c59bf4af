/**
 * A VL Whole Slide Microscopy series in a PACS as a slide.
 *
 * @module
 */
import { originOf } from '../../../shared/dicom/copied-attributes.ts';
import { DicomwebClient, type DicomwebClientOptions } from '../../../shared/dicomweb/client.ts';
import type { SeriesReference } from '../../../shared/dicomweb/dicomweb-url.ts';
import { inlineBulkData } from '../../../shared/dicomweb/inline-bulk-data.ts';
import { openWsmSeries } from '../../../shared/dicomweb/open-series.ts';
import { fingerprintOfSeries } from '../../../shared/dicomweb/wsm-series.ts';
import { defaultCacheBytes } from '../open-slide.ts';
import { rasterCache } from '../pyramid/pixels.ts';
import { PyramidSlide } from '../pyramid/pyramid-slide.ts';
import type { Slide, SlideWarning } from '../slide.ts';
import { frameLevel } from './frame-level.ts';

/** Parts of the cache: most for decoded frames, the rest for what was resampled from them. */
const FRAME_SHARE = 0.7;

/**
 * Opens the slide of a series by its metadata; frames are fetched when they are read. Labels, overviews and
 * thumbnails never are.
 *
 * @param cacheBytes Bytes of pixels that are kept.
 * @throws {UniCellError} As `openWsmSeries`.
 */
export async function openDicomwebSlide(
  reference: SeriesReference,
  options: DicomwebClientOptions,
  cacheBytes: number = defaultCacheBytes,
): Promise<Slide> {
  const client = new DicomwebClient(options);
  const series = await openWsmSeries(client, reference);
  const { levels, mpp, warnings, finest } = series;
  const instance = levels[0]!.instances[0]!.uid;
  const origin = await inlineBulkData(client, { ...reference, instance }, originOf(finest));
  const fingerprint = await fingerprintOfSeries(series);
  const cache = rasterCache(cacheBytes * FRAME_SHARE);
  return new PyramidSlide({
    reader: 'dicomweb',
    vendor: undefined,
    mpp,
    levels: levels.map((level, i) => frameLevel(client, reference, level, String(i), cache)),
    bounds: undefined,
    warnings: [...warnings, ...missingWarnings(origin.missing)],
    dicom: origin.data,
    cacheBytes: cacheBytes * (1 - FRAME_SHARE),
    fingerprint: async () => fingerprint,
    close: async () => cache.clear(),
  });
}

function missingWarnings(tags: readonly string[]): SlideWarning[] {
  if (tags.length === 0) return [];
  const detail = `The PACS did not give the values of ${tags.join(', ')}, so DICOM results will not repeat them.`;
  return [{ code: 'BULK_DATA_MISSING', detail }];
}
