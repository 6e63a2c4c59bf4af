/**
 * Addresses of DICOMweb resources (DICOM PS3.18, section 10.1): what is below which root.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';

/** A series in a PACS. */
export interface SeriesReference {
  /** Root of the DICOMweb service, without a slash at its end. */
  readonly root: string;
  /** Study Instance UID. */
  readonly study: string;
  /** Series Instance UID. */
  readonly series: string;
}

/** An instance in a PACS. */
export interface InstanceReference extends SeriesReference {
  /** SOP Instance UID. */
  readonly instance: string;
}

/** A frame of an instance in a PACS. */
export interface FrameReference extends InstanceReference {
  /** From 1. */
  readonly frame: number;
}

/** A UID as PS3.5, section 9.1, has it; leading zeros are let pass, since files with them exist. */
export const UID = /^(?=.{1,64}$)\d+(\.\d+)*$/;

const SERIES_PATH = /^(.*)\/studies\/([\d.]+)\/series\/([\d.]+)\/?$/;
const FRAME_PATH =
  /^(.*)\/studies\/([\d.]+)\/series\/([\d.]+)\/instances\/([\d.]+)\/frames\/(\d{1,10})\/?$/;

/** The series that a URL names: `https://pacs/dicom-web/studies/1.2/series/3.4`; `undefined` for any other. */
export function parseSeriesUrl(text: string): SeriesReference | undefined {
  const found = matchPath(text, SERIES_PATH);
  if (!found) return undefined;
  const [root, study, series] = found as [string, string, string];
  return UID.test(study) && UID.test(series) ? { root, study, series } : undefined;
}

/** The frame that a WADO-RS URL names: `.../instances/5.6/frames/7`; `undefined` for any other. */
export function parseFrameUrl(text: string): FrameReference | undefined {
  const found = matchPath(text, FRAME_PATH);
  if (!found) return undefined;
  const [root, study, series, instance, number] = found as [string, string, string, string, string];
  const frame = Number(number);
  const isFrame = [study, series, instance].every((uid) => UID.test(uid)) && frame >= 1;
  return isFrame ? { root, study, series, instance, frame } : undefined;
}

/**
 * The root of a DICOMweb service as it is kept: without slashes at its end.
 *
 * @throws {UniCellError} `INVALID_OPTIONS` for what has a query, a fragment or credentials, or is no http
 *   URL.
 */
export function checkRoot(text: string): string {
  const url = URL.parse(text);
  const reason =
    url === null || !/^https?:$/.test(url.protocol)
      ? 'is not an http URL'
      : url.username !== '' || url.password !== ''
        ? 'carries credentials'
        : url.search !== '' || url.hash !== ''
          ? 'has a query or a fragment'
          : /\/studies(\/|$)/.test(url.pathname)
            ? 'goes beyond the root'
            : undefined;
  if (url === null || reason) {
    const shown = JSON.stringify(
      text
        .replace(/[?#].*$/s, '')
        .replace(/\/\/[^/]*@/, '//')
        .slice(0, 200),
    );
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The root of the DICOMweb service ${shown} ${reason}. It must be what stands before /studies, for instance https://pacs.example.org/dicom-web.`,
    );
  }
  return rootOf(url);
}

export function seriesUrl({ root, study, series }: SeriesReference): string {
  return `${root}/studies/${study}/series/${series}`;
}

export function instanceUrl(reference: InstanceReference): string {
  return `${seriesUrl(reference)}/instances/${reference.instance}`;
}

function rootOf(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** The root and what the other groups of a path's pattern matched. */
function matchPath(text: string, pattern: RegExp): string[] | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    return undefined;
  }
  const found = pattern.exec(url.pathname);
  if (!found || url.username !== '' || url.password !== '') return undefined;
  const [, path = '', ...uids] = found;
  return [`${url.origin}${path}`.replace(/\/+$/, ''), ...uids];
}
