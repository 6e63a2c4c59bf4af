/**
 * What `unicell detect` is given: a file or folder, the URL of a slide, or a series in a PACS.
 *
 * @module
 */
import { basename, resolve } from 'node:path';
import { parseSeriesUrl, type SeriesReference } from '../../shared/dicomweb/dicomweb-url.ts';
import { UniCellError } from '../../shared/errors.ts';
import { resultStem } from '../../shared/formats/result-stem.ts';
import { Outbound } from '../jobs/source/outbound.ts';
import { outboundNetwork } from '../jobs/source/outbound-network.ts';
import { readPacsCredentials } from '../jobs/source/pacs-credentials.ts';
import { openDicomwebSlide } from '../slides/dicomweb/open-dicomweb.ts';
import { type OpenSlideOptions, openSlide } from '../slides/open-slide.ts';
import type { Slide } from '../slides/slide.ts';
import { SLIDE_ABOVE } from './detect-options.ts';

export interface OpenedLocation {
  readonly slide: Slide;
  /** What the slide is called in result files. */
  readonly id: string;
  /** What result files are called, without their ending. */
  readonly stem: string;
  readonly isSeries: boolean;
  close(): Promise<void>;
}

/** Whether it is run as a slide: what lies in a PACS, images with a pyramid, and large ones. */
export function isLarge({ slide, isSeries }: OpenedLocation, above = SLIDE_ABOVE): boolean {
  const { levels, width, height } = slide;
  return isSeries || levels.length > 1 || width * height > above * 1e6;
}

/**
 * Opens it. Credentials for a PACS come from the variable `DICOMWEB_AUTHORIZATION`, as the header that it
 * gets, or from `DICOMWEB_CREDENTIALS`.
 *
 * @throws {UniCellError} As `openSlide` and `openDicomwebSlide`; `INVALID_OPTIONS` for the URL of a PACS without a series.
 */
export async function openLocation(
  location: string,
  { series }: Pick<OpenSlideOptions, 'series'> = {},
): Promise<OpenedLocation> {
  const reference = parseSeriesUrl(location);
  if (reference) return openSeries(reference);
  if (/^https?:\/\//i.test(location)) return openUrl(location, series);
  const slide = await openSlide(location, { series, hasSiblings: true });
  // Of a folder with a slash at its end as well.
  const id = basename(resolve(location));
  return { slide, id, stem: resultStem(id), isSeries: false, close: () => slide.close() };
}

async function openUrl(location: string, series: number | undefined): Promise<OpenedLocation> {
  const url = URL.parse(location);
  if (url === null) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${location} is no URL. Pass one as https://slides.example.org/slide.svs.`,
    );
  }
  if (/\/studies(\/|$)/.test(url.pathname)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${location.replace(/[?#].*$/s, '')} is of a PACS and names no series. Pass a series as https://pacs.example.org/dicom-web/studies/STUDY_UID/series/SERIES_UID.`,
    );
  }
  // Who types an address on this machine may reach it.
  const outbound = new Outbound({ trusted: [url.host] });
  try {
    const slide = await openSlide(location, {
      series,
      fetch: (...args) => outbound.request(...args),
    });
    const close = async () => {
      await slide.close();
      await outbound.close();
    };
    const id = basename(url.pathname) || url.hostname;
    return { slide, id, stem: resultStem(id), isSeries: false, close };
  } catch (error) {
    await outbound.close();
    throw error;
  }
}

async function openSeries(reference: SeriesReference): Promise<OpenedLocation> {
  const credentials = await readPacsCredentials(process.env.DICOMWEB_CREDENTIALS);
  // Who types an address on this machine may reach it.
  const outbound = new Outbound({ trusted: [reference.root] });
  try {
    const slide = await openDicomwebSlide(reference, {
      network: outboundNetwork(outbound),
      authorization: process.env.DICOMWEB_AUTHORIZATION || credentials(reference.root),
    });
    const close = async () => {
      await slide.close();
      await outbound.close();
    };
    return { slide, id: reference.series, stem: reference.series, isSeries: true, close };
  } catch (error) {
    await outbound.close();
    throw error;
  }
}
