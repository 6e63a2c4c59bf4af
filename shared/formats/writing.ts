/**
 * What all exporters share: how numbers are rounded, what is checked, what a file says of itself.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { checkPoints } from '../scoring/labelled-points.ts';
import type { ExportHead } from './format.ts';

/** Coordinates are written to 0.01 pixel: a few nanometres, far below what a nucleus' centre means. */
export const COORDINATE_DECIMALS = 2;

/** Scores are written to 0.0001. */
export const SCORE_DECIMALS = 4;

/** @throws {UniCellError} `POINTS_INVALID` when the nuclei have no place in a file. */
export function checkExport(
  nuclei: Nuclei,
  { dataset, image }: Pick<ExportHead, 'dataset' | 'image'>,
): void {
  const origin = `nuclei of "${image.id}"`;
  checkPoints(nuclei, dataset.classes.length, origin);
  const bad = nuclei.score.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) {
    throw new UniCellError(
      'POINTS_INVALID',
      `Point ${bad} of the ${origin} has the score ${nuclei.score[bad]}; it must be a finite number.`,
    );
  }
}

/** About that of a nucleus; nobody measured this one. */
export const RADIUS_UM = 4;

/** What may be asked for instead. */
export const RADIUS_RANGE_UM = { min: 0.5, max: 50 };

/** Radius in pixels of the circle or box around a nucleus. */
export function radiusPx({ radiusUm = RADIUS_UM, image }: Omit<ExportHead, 'count'>): number {
  return radiusUm / image.mpp;
}

/** What a JSON file says besides its nuclei. */
export function fileHeader(head: ExportHead) {
  const { count, dataset, image, model, threshold, only, part, missing = [] } = head;
  const { id, width, height, mpp, bounds } = image;
  const isSome = Object.values(only ?? {}).some((one) => one !== undefined);
  return {
    researchUseOnly: true,
    image: { id, width, height, mpp, ...(bounds && { bounds }) },
    model: { id: model.id, version: model.version },
    dataset: { id: dataset.id, classes: dataset.classes.map(({ name }) => name) },
    ...(threshold !== undefined && { threshold }),
    ...(isSome && { only }),
    count,
    ...(part && { part }),
    ...(missing.length > 0 && { missing }),
  };
}

/** An object as JSON text, left open for a further member. */
export function openObject(object: object): string {
  return `${JSON.stringify(object).slice(0, -1)},`;
}

/** A text per class as UTF-8, and one for the unknown class. */
export function perClass(
  { dataset }: ExportHead,
  known: (name: string, colour: string, index: number) => string,
  unknown: string,
): (classIndex: number) => Uint8Array {
  const encoder = new TextEncoder();
  const texts = dataset.classes.map(({ name, colour }, index) =>
    encoder.encode(known(name, colour, index)),
  );
  const unknownText = encoder.encode(unknown);
  return (classIndex) => texts[classIndex] ?? unknownText;
}
