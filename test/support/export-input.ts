/**
 * What the tests of formats write.
 *
 * @module
 */
import fc from 'fast-check';
import { consep } from '../../shared/datasets/consep.ts';
import type { Dataset } from '../../shared/datasets/dataset.ts';
import type { ExportInput } from '../../shared/formats/format.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { UNKNOWN_CLASS } from '../../shared/scoring/labelled-points.ts';

/** A nucleus as a row. */
export type NucleusRow = readonly [x: number, y: number, classIndex: number, score: number];

export function nucleiOf(rows: readonly NucleusRow[]): Nuclei {
  return {
    length: rows.length,
    x: Float32Array.from(rows, (row) => row[0]),
    y: Float32Array.from(rows, (row) => row[1]),
    class: Uint8Array.from(rows, (row) => row[2]),
    score: Float32Array.from(rows, (row) => row[3]),
  };
}

/** Nuclei of a slide at 0.25 um per pixel, so that a radius of 4 um is 16 pixels. */
export function exportInput(nuclei: Nuclei, dataset: Dataset = consep): ExportInput {
  return {
    nuclei,
    dataset,
    image: { id: 'slide "7" & co.svs', width: 100_016, height: 100_016, mpp: 0.25 },
    model: { id: 'compact', version: '1.0' },
  };
}

/** So far from the border that what is drawn around a nucleus is whole. */
const coordinate = fc.double({ min: 16, max: 100_000, noNaN: true });

/** Nuclei of CoNSeP, some of unknown class. */
export const nuclei = fc
  .array(
    fc.tuple(
      coordinate,
      coordinate,
      fc.constantFrom(0, 1, 2, UNKNOWN_CLASS),
      fc.double({ min: 0, max: 1, noNaN: true }),
    ),
    { maxLength: 30 },
  )
  .map(nucleiOf);

/** A dataset with one class of this name. */
export function datasetWith(name: string): Dataset {
  return { ...consep, classes: [{ name, label: 'Any', colour: '#0072b2', aliases: [] }] };
}
