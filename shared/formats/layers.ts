/**
 * Files with a layer of regions per class, as Aperio ImageScope and HALO have them: a section per class, and
 * one for nuclei of unknown class, which is left out where there are none.
 *
 * @module
 */
import { bgrNumber, UNKNOWN_COLOUR } from './colour.ts';
import type { ExportHead } from './format.ts';
import type { Field } from './row.ts';
import type { Section } from './sections.ts';

export interface Layer {
  readonly name: string;
  /** Blue, green and red from the highest byte to the lowest. */
  readonly bgr: number;
  /** From 1. */
  readonly number: number;
}

/** How a file says its layers. */
export interface LayeredFile {
  readonly opening: string;
  readonly closing: string;
  layerHead(layer: Layer): string;
  readonly layerTail: string;
  /** What says a nucleus, made anew for each layer since it may count. */
  region(): Field;
}

/** The sections of a file with layers. */
export function layerSections({ dataset }: ExportHead, file: LayeredFile): Section[] {
  const { classes } = dataset;
  const known = classes.map(({ name, colour }, k): Section => {
    const region = file.region();
    const head = file.layerHead({ name, bgr: bgrNumber(colour), number: k + 1 });
    return {
      head: k === 0 ? file.opening + head : head,
      separator: '',
      tail: file.layerTail,
      row: (out, nuclei, i) => {
        if (nuclei.class[i] === k) region(out, nuclei, i);
      },
    };
  });
  return [...known, lastSection(file, classes.length)];
}

/** The layer of nuclei whose class nobody knows, and the end of the file. */
function lastSection(file: LayeredFile, classes: number): Section {
  const layer = { name: 'unknown', bgr: bgrNumber(UNKNOWN_COLOUR), number: classes + 1 };
  const region = file.region();
  let isOpen = false;
  return {
    head: '',
    separator: '',
    row: (out, nuclei, i) => {
      if (nuclei.class[i]! < classes) return;
      if (!isOpen) out.text(file.layerHead(layer));
      isOpen = true;
      region(out, nuclei, i);
    },
    get tail() {
      return `${isOpen ? file.layerTail : ''}${file.closing}`;
    },
  };
}
