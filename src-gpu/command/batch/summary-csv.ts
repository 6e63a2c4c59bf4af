/**
 * The numbers of all slides as one table: a row per slide and dataset.
 *
 * @module
 */
import { csvCell } from '../../../shared/formats/csv-rows.ts';
import type { BatchSlide } from './batch-slide.ts';

const COLUMNS = [
  'slide',
  'path',
  'dataset',
  'status',
  'nuclei',
  'nuclei_per_mm2',
  'area_mm2',
  'image_area_mm2',
  'width_px',
  'height_px',
  'mpp',
  'mpp_source',
  'model',
  'model_version',
  'protocol',
  'threshold',
  'windows',
  'warnings',
  'error',
] as const;
type Row = Readonly<Record<string, string | number | undefined>>;

/**
 * The parts of the file: `slide`, what was found and where the resolution came from, and `count NAME` and `per_mm2 NAME` for
 * each class of any dataset, empty where a row's dataset has none of the name. A slide that failed is a row with its
 * `error`. Rows of one slide under two datasets read the same cells: they are not to be added up.
 */
export function* summaryCsv(slides: readonly BatchSlide[]): Generator<string> {
  const names = new Set(
    slides.flatMap(({ finished }) =>
      (finished?.results ?? []).flatMap(({ summary }) => summary.classes.map(({ name }) => name)),
    ),
  );
  const columns = [
    ...COLUMNS,
    ...[...names].flatMap((name) => [`count ${name}`, `per_mm2 ${name}`]),
  ];
  yield line(columns);
  for (const slide of slides) {
    for (const row of rowsOf(slide)) yield line(columns.map((column) => String(row[column] ?? '')));
  }
}

function rowsOf({ location, stem, finished, error }: BatchSlide): Row[] {
  const slide = { slide: stem, path: location };
  if (!finished)
    return [{ ...slide, status: 'failed', error: `${error!.code}: ${error!.message}` }];
  const { image, mpp, model, areaMm2, imageAreaMm2, protocol, windows, warnings, errors } =
    finished;
  const common = {
    ...slide,
    status: errors.length > 0 ? 'parts missing' : 'done',
    area_mm2: rounded(areaMm2),
    image_area_mm2: rounded(imageAreaMm2),
    width_px: image.width,
    height_px: image.height,
    mpp: rounded(mpp.value),
    mpp_source: mpp.source,
    model: model.id,
    model_version: model.version,
    protocol,
    windows,
    warnings: warnings.map(({ code, detail }) => `${code}: ${detail}`).join(' | '),
    error: errors.map(({ code, detail }) => `${code}: ${detail}`).join(' | '),
  };
  return finished.results.map(({ dataset, threshold, summary }) => ({
    ...common,
    dataset: dataset.id,
    threshold,
    nuclei: summary.total.count,
    nuclei_per_mm2: rounded(summary.total.perMm2),
    ...Object.fromEntries(
      summary.classes.flatMap(({ name, count, perMm2 }) => [
        [`count ${name}`, count],
        [`per_mm2 ${name}`, rounded(perMm2)],
      ]),
    ),
  }));
}

/** Six digits say more than is known; empty where nothing was examined. */
function rounded(value: number | null): number | undefined {
  return value === null ? undefined : Number(value.toPrecision(6));
}

function line(cells: readonly string[]): string {
  return `${cells.map(safeCell).join(',')}\n`;
}

/** A name that begins like a formula is text to a spreadsheet, too. */
function safeCell(value: string): string {
  return csvCell(/^[=+@]|^-\D/.test(value) ? `'${value}` : value);
}
