/**
 * The formats by id. A format's code is imported when somebody asks for it.
 *
 * @module
 */
import { nearestName } from '../datasets/nearest-name.ts';
import { UniCellError } from '../errors.ts';
import type { Format, ReadableFormat } from './format.ts';

/** QuPath parses a whole file into memory before it makes objects of it. */
const QUPATH_COUNT = 200_000;
/** Well below the 4 GiB of a zip file. */
const ZIP_COUNT = 10_000_000;

/** What people call a format besides: most programs that read GeoJSON of nuclei read it as QuPath writes it. */
const OTHER_NAMES: Readonly<Record<string, string>> = { geojson: 'qupath' };

export const FORMATS: readonly Format[] = [
  {
    id: 'json',
    description: 'JSON, one object per nucleus',
    mediaType: 'application/json',
    extension: 'json',
    load: () => import('./json.ts'),
    loadReader: () => import('./read-json.ts'),
  },
  {
    id: 'json-columns',
    description: 'JSON, one array per column: a fifth of the size',
    mediaType: 'application/json',
    extension: 'columns.json',
    load: () => import('./json-columns.ts'),
    loadReader: () => import('./read-json.ts'),
  },
  {
    id: 'csv',
    description: 'CSV with the columns x, y, class, score',
    mediaType: 'text/csv',
    extension: 'csv',
    load: () => import('./csv.ts'),
    loadReader: () => import('./csv.ts'),
  },
  {
    id: 'qupath',
    description: 'GeoJSON as QuPath reads it, one point detection per nucleus',
    mediaType: 'application/geo+json',
    extension: 'geojson',
    maxCount: QUPATH_COUNT,
    load: () => import('./qupath.ts'),
    loadReader: () => import('./read-qupath.ts'),
  },
  {
    id: 'qupath-circles',
    description: 'GeoJSON as QuPath reads it, one circle per nucleus',
    mediaType: 'application/geo+json',
    extension: 'circles.geojson',
    maxCount: QUPATH_COUNT,
    load: () => import('./qupath-circles.ts'),
  },
  {
    id: 'qupath-gz',
    description: 'The GeoJSON of qupath, gzipped: a fifth of the size, and QuPath opens it',
    mediaType: 'application/gzip',
    extension: 'geojson.gz',
    maxCount: QUPATH_COUNT,
    load: () => import('./qupath-gz.ts'),
  },
  {
    id: 'qupath-circles-gz',
    description: 'The GeoJSON of qupath-circles, gzipped',
    mediaType: 'application/gzip',
    extension: 'circles.geojson.gz',
    maxCount: QUPATH_COUNT,
    load: () => import('./qupath-circles-gz.ts'),
  },
  {
    id: 'parquet',
    description: 'GeoParquet 1.1, the format for tables of millions',
    mediaType: 'application/vnd.apache.parquet',
    extension: 'parquet',
    load: () => import('./parquet.ts'),
  },
  {
    id: 'spatialdata',
    description: 'SpatialData: circles, and a table of AnnData; a folder, or one zip file of it',
    mediaType: 'application/zip',
    extension: 'spatialdata.zarr.zip',
    maxCount: ZIP_COUNT,
    load: () => import('./spatialdata.ts'),
  },
  {
    id: 'asap',
    description: 'XML of ASAP, one dot per nucleus',
    mediaType: 'application/xml',
    extension: 'asap.xml',
    load: () => import('./asap.ts'),
  },
  {
    id: 'aperio',
    description: 'XML of Aperio ImageScope, one region per nucleus in a layer per class',
    mediaType: 'application/xml',
    extension: 'aperio.xml',
    load: () => import('./aperio.ts'),
  },
  {
    id: 'halo',
    description: 'Annotations of HALO, one ellipse per nucleus in a layer per class',
    mediaType: 'application/xml',
    extension: 'annotations',
    load: () => import('./halo.ts'),
  },
  {
    id: 'histomics',
    description: 'Annotation of HistomicsUI and large_image, one point per nucleus',
    mediaType: 'application/json',
    extension: 'histomics.json',
    load: () => import('./histomics.ts'),
  },
  {
    id: 'web-annotation',
    description: 'W3C Web Annotations, one ellipse per nucleus',
    mediaType: 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"',
    extension: 'jsonld',
    load: () => import('./web-annotation.ts'),
  },
  {
    id: 'coco',
    description: 'COCO detections, one box per nucleus',
    mediaType: 'application/json',
    extension: 'coco.json',
    load: () => import('./coco.ts'),
  },
  {
    id: 'detr',
    description: 'Array of label, score and box, as Workers AI gives for DETR',
    mediaType: 'application/vnd.unicell.detr+json',
    extension: 'detr.json',
    load: () => import('./detr.ts'),
  },
  {
    id: 'dicom-ann',
    description: 'DICOM annotations in millimetres on the glass; of DICOM slides',
    mediaType: 'application/dicom',
    extension: 'ann.dcm',
    needsDicom: true,
    load: () => import('./dicom-ann.ts'),
  },
  {
    id: 'dicom-ann-2d',
    description: 'DICOM annotations in pixels; of DICOM slides',
    mediaType: 'application/dicom',
    extension: 'ann-2d.dcm',
    needsDicom: true,
    load: () => import('./dicom-ann-2d.ts'),
  },
  {
    id: 'dicom-sr',
    description: 'DICOM structured report with counts, densities and fractions; of DICOM slides',
    mediaType: 'application/dicom',
    extension: 'sr.dcm',
    needsDicom: true,
    load: () => import('./dicom-sr.ts'),
  },
];

/**
 * Finds a format by its id, or by what else it is called.
 *
 * @throws {UniCellError} `FORMAT_UNKNOWN`, listing those there are.
 * @example
 * const { write } = await findFormat('csv').load();
 */
export function findFormat(id: string): Format {
  const wanted = OTHER_NAMES[id.toLowerCase()] ?? id.toLowerCase();
  const format = FORMATS.find((one) => one.id === wanted);
  if (format === undefined) {
    const ids = FORMATS.map((one) => one.id);
    const near = nearestName(id, [...ids, ...Object.keys(OTHER_NAMES)]);
    const meant = near === undefined ? '' : ` Did you mean "${near}"?`;
    throw new UniCellError(
      'FORMAT_UNKNOWN',
      `The format "${id.slice(0, 64)}" is not known; there are ${ids.join(', ')}.${meant}`,
    );
  }
  return format;
}

/**
 * Finds the format to read a file in by its extension, the longest that fits; case does not matter.
 *
 * @throws {UniCellError} `FORMAT_UNKNOWN`, listing the extensions of the formats that can be read.
 */
export function formatOfFile(fileName: string): ReadableFormat {
  // Any of them may be gzipped, and tables of QuPath come as either.
  const name = fileName
    .toLowerCase()
    .replace(/\.gz$/, '')
    .replace(/\.(?:tsv|txt)$/, '.csv');
  const readable = FORMATS.filter((one): one is ReadableFormat => one.loadReader !== undefined);
  const fitting = readable.filter(({ extension }) => name.endsWith(`.${extension}`));
  const format = fitting.toSorted((a, b) => b.extension.length - a.extension.length)[0];
  if (format === undefined) {
    throw new UniCellError(
      'FORMAT_UNKNOWN',
      `${fileName} has none of the extensions ${readable.map(({ extension }) => `.${extension}`).join(', ')}.`,
    );
  }
  return format;
}
