/**
 * What a section says of a nucleus, put together from fixed text and fields.
 *
 * @module
 */
import type { Size } from '../image/source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import type { ExportHead } from './format.ts';
import type { PartWriter } from './part-writer.ts';
import type { Section } from './sections.ts';
import { COORDINATE_DECIMALS, perClass, SCORE_DECIMALS } from './writing.ts';

/** Writes one field of a nucleus. */
export type Field = (out: PartWriter, nuclei: Nuclei, row: number) => void;

/** A row of texts and fields, one after the other. */
export function rowOf(...pieces: readonly (string | Field)[]): Section['row'] {
  const encoder = new TextEncoder();
  const fields = pieces.map((piece): Field => {
    if (typeof piece !== 'string') return piece;
    const bytes = encoder.encode(piece);
    return (out) => out.bytes(bytes);
  });
  return (out, nuclei, row) => {
    for (const field of fields) field(out, nuclei, row);
  };
}

/** The centre along an axis, moved by some pixels. */
export function at(axis: 'x' | 'y', shiftPx = 0): Field {
  return (out, nuclei, row) => out.decimal(nuclei[axis][row]! + shiftPx, COORDINATE_DECIMALS);
}

/** The centre along an axis, moved by some pixels, but not out of the image. */
export function within({ image }: ExportHead, axis: 'x' | 'y', shiftPx: number): Field {
  const clip = clipped(image, axis, shiftPx);
  return (out, nuclei, row) => out.decimal(clip(nuclei[axis][row]!), COORDINATE_DECIMALS);
}

/** @returns A coordinate, moved by some pixels as far as the image goes. */
export function clipped(
  image: Size,
  axis: 'x' | 'y',
  shiftPx: number,
): (coordinate: number) => number {
  const most = axis === 'x' ? image.width : image.height;
  return (coordinate) => Math.min(most, Math.max(0, coordinate + shiftPx));
}

export const score: Field = (out, nuclei, row) => out.decimal(nuclei.score[row]!, SCORE_DECIMALS);

/** A text for each class, and one where it is unknown. */
export function byClass(
  head: ExportHead,
  known: (name: string, colour: string, index: number) => string,
  unknown: string,
): Field {
  const text = perClass(head, known, unknown);
  return (out, nuclei, row) => out.bytes(text(nuclei.class[row]!));
}

/** How many nuclei of the file came before, and 1: one such field goes through a file once. */
export function counter(): Field {
  let count = 0;
  return (out) => out.decimal(++count, 0);
}
