/**
 * Annotations of Aperio ImageScope, in which MoNuSAC is published: `Annotations` (with `MicronsPerPixel`)
 * of `Annotation`, each with the name of a class in `Attributes` and outlines in `Regions`.
 *
 * @module
 */
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { UniCellError } from '../../../shared/errors.ts';

export interface AperioRegion {
  /** `Name` of the first attribute of its annotation; empty when there is none. */
  readonly label: string;
  /** Line on which it begins, from 1. */
  readonly line: number;
  /** Corners x0, y0, x1, y1, ... in pixels. */
  readonly outline: readonly number[];
}

export interface AperioAnnotations {
  /** Micrometres per pixel; `undefined` when the file does not say. */
  readonly mpp: number | undefined;
  readonly regions: readonly AperioRegion[];
}

/**
 * @param path What the text is, for messages.
 * @throws {UniCellError} `POINTS_INVALID` naming the line where it is not well-formed XML, where it
 *   declares a document type (which these files never do and in which entity bombs hide), or where a
 *   corner is not finite.
 */
export function parseAperioXml(text: string, path: string): AperioAnnotations {
  const regions: AperioRegion[] = [];
  let mpp: number | undefined;
  let isAperio = false;
  let label = '';
  let region: { label: string; line: number; outline: number[] } | undefined;
  const parser = new SaxesParser();
  const refuse = (problem: string) => {
    throw new UniCellError('POINTS_INVALID', `${path}, line ${parser.line}: ${problem}.`);
  };
  const coordinate = ({ attributes }: SaxesTagPlain, axis: 'X' | 'Y') => {
    const value = attributes[axis]?.trim() ?? '';
    if (value === '' || !Number.isFinite(Number(value))) {
      refuse(
        `${axis} of a vertex is ${JSON.stringify(value)}; it must be a finite number of pixels`,
      );
    }
    return Number(value);
  };
  parser.on('error', ({ message }) => refuse(`it is not well-formed XML (${message})`));
  parser.on('doctype', () =>
    refuse('it declares a document type or entities, which are never expanded; remove the DOCTYPE'),
  );
  parser.on('opentag', (tag) => {
    switch (tag.name) {
      case 'Annotations': {
        isAperio = true;
        const stated = Number(tag.attributes.MicronsPerPixel);
        if (stated > 0) mpp = stated;
        break;
      }
      case 'Annotation':
        label = '';
        break;
      case 'Attribute':
        // A region may have attributes of its own.
        if (!region) label ||= tag.attributes.Name ?? '';
        break;
      case 'Region':
        region = { label, line: parser.line, outline: [] };
        break;
      case 'Vertex':
        region?.outline.push(coordinate(tag, 'X'), coordinate(tag, 'Y'));
        break;
    }
  });
  parser.on('closetag', ({ name }) => {
    if (name !== 'Region' || !region) return;
    regions.push(region);
    region = undefined;
  });
  parser.write(text).close();
  if (!isAperio)
    refuse('there is no element Annotations; Aperio ImageScope annotations are needed');
  return { mpp, regions };
}
