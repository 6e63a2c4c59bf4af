/** ASAP, Aperio and HALO, read by an XML parser. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasetWith, exportInput, nuclei, nucleiOf } from '../../test/support/export-input.ts';
import { readXml, under, type XmlElement } from '../../test/support/read-xml.ts';
import { textOf } from '../../test/support/text-of.ts';
import { consep } from '../datasets/consep.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import * as aperio from './aperio.ts';
import * as asap from './asap.ts';
import type { ExportInput, FormatModule } from './format.ts';
import * as halo from './halo.ts';
import { escapeXml } from './xml.ts';

const RADIUS_PX = 16;
const names = consep.classes.map(({ name }) => name);

interface Found {
  readonly x: number;
  readonly y: number;
  readonly name: string | undefined;
  readonly score?: number;
}

const xml = (format: Pick<FormatModule, 'write'>, input: ExportInput) =>
  readXml(textOf(format.write(input)));
const numbers = (elements: XmlElement[], name: string) =>
  elements.map(({ attributes }) => Number(attributes[name]));
const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2;
const span = (values: number[]) => Math.max(...values) - Math.min(...values);

function readAsap(root: XmlElement): Found[] {
  return under(root, 'Annotations', 'Annotation').map((annotation, i) => {
    const { Name, Type, PartOfGroup } = annotation.attributes;
    const points = under(annotation, 'Coordinates', 'Coordinate');
    expect([Type, points.length]).toEqual(['Dot', 1]);
    const [number, score] = Name!.split(', score ').map(Number);
    expect(number).toBe(i + 1);
    const name = PartOfGroup === 'None' ? undefined : PartOfGroup!;
    return { x: numbers(points, 'X')[0]!, y: numbers(points, 'Y')[0]!, name, score: score! };
  });
}

/** The regions of all layers, whose vertices are called so. */
function readLayers(root: XmlElement, vertex: string): Found[] {
  return under(root, 'Annotation').flatMap((layer) =>
    under(layer, 'Regions', 'Region').map((region) => {
      const { Name } = layer.attributes;
      const corners = under(region, 'Vertices', vertex);
      const [x, y] = [numbers(corners, 'X'), numbers(corners, 'Y')];
      for (const values of [x, y]) expect(span(values)).toBeCloseTo(2 * RADIUS_PX, 0);
      const name = Name === 'unknown' ? undefined : Name!;
      return { x: middle(x), y: middle(y), name, score: Number(region.attributes.Text) };
    }),
  );
}

/** The nuclei of a table, class by class as layers have them. */
function byLayer({ x, y, class: classes, score, length }: Nuclei): Found[] {
  const all = Array.from({ length }, (_, i) => {
    return { x: x[i]!, y: y[i]!, name: names[classes[i]!], score: score[i]! };
  });
  return [...names, undefined].flatMap((name) => all.filter((one) => one.name === name));
}

function expectSame(found: readonly Found[], expected: readonly Found[], px: number) {
  expect(found.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  for (const [i, { x, y, score }] of expected.entries()) {
    expect(Math.abs(found[i]!.x - x)).toBeLessThanOrEqual(px);
    expect(Math.abs(found[i]!.y - y)).toBeLessThanOrEqual(px);
    if (!Number.isNaN(found[i]!.score)) expect(found[i]!.score).toBeCloseTo(score!, 3);
  }
}

describe('ASAP', () => {
  it('gives every nucleus back as a dot of its group', () => {
    fc.assert(
      fc.property(nuclei, (nuclei) => {
        const found = readAsap(xml(asap, exportInput(nuclei)));
        const { x, y, class: classes, score, length } = nuclei;
        const expected = Array.from({ length }, (_, i) => {
          return { x: x[i]!, y: y[i]!, name: names[classes[i]!], score: score[i]! };
        });
        expectSame(found, expected, 0.01);
      }),
    );
  });

  it('has a group with the colour of each class', () => {
    const groups = under(xml(asap, exportInput(nucleiOf([]))), 'AnnotationGroups', 'Group');
    expect(groups.map(({ attributes: { Name, Color } }) => [Name, Color])).toEqual(
      consep.classes.map(({ name, colour }) => [name, colour]),
    );
  });
});

describe.each([
  ['Aperio', aperio, 'Vertex', 0.01],
  // Whole pixels.
  ['HALO', halo, 'V', 0.51],
] as const)('%s', (_, format, vertex, px) => {
  it('gives every nucleus back in the layer of its class', () => {
    fc.assert(
      fc.property(nuclei, (nuclei) => {
        const root = xml(format, exportInput(nuclei));
        expectSame(readLayers(root, vertex), byLayer(nuclei), px);
        const layers = under(root, 'Annotation').map(({ attributes }) => attributes.Name);
        expect(layers.slice(0, names.length)).toEqual(names);
        expect(layers.length - names.length).toBe(nuclei.class.some((k) => k > 2) ? 1 : 0);
      }),
    );
  });

  it('numbers colours with red in the lowest byte', () => {
    const [layer] = under(xml(format, exportInput(nucleiOf([]))), 'Annotation');
    const number = Number(layer!.attributes.LineColor);
    const bytes = [number & 255, (number >> 8) & 255, number >> 16];
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(`#${hex}`).toBe(consep.classes[0]!.colour);
  });

  it('takes another radius', () => {
    const input = { ...exportInput(nucleiOf([[500, 500, 0, 0.5]])), radiusUm: 10 };
    const corners = under(
      xml(format, input),
      ...['Annotation', 'Regions', 'Region', 'Vertices', vertex],
    );
    expect(span(numbers(corners, 'X'))).toBe(80);
  });
});

it('says the resolution to Aperio', () => {
  expect(xml(aperio, exportInput(nucleiOf([]))).attributes.MicronsPerPixel).toBe('0.25');
});

it.each([asap, aperio, halo])('keeps names that need escaping', (format) => {
  const name = 'plasma & "B" <cells>\n--é';
  const text = textOf(format.write(exportInput(nucleiOf([[1, 2, 0, 0.5]]), datasetWith(name))));
  const all = (element: XmlElement): string[] => [
    ...Object.values(element.attributes),
    ...element.children.flatMap(all),
  ];
  expect(all(readXml(text))).toContain(name);
});

it('keeps any text as an attribute, but for what XML cannot hold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { attributes } = readXml(`<a b="${escapeXml(text)}"/>`);
      const holds = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]$/u;
      const expected = [...text].map((one) => (holds.test(one) ? one : '\ufffd')).join('');
      expect(attributes.b).toBe(expected);
    }),
    { numRuns: 500 },
  );
});
