/**
 * Our GeoJSON against the rules by which QuPath reads it. QuPath is not at hand in a test, so the rules
 * are written out here after its documentation and behaviour (docs/formats.md lists them).
 */
import fc from 'fast-check';
import type { FeatureCollection, Point } from 'geojson';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../test/support/text-of.ts';
import { consep } from '../datasets/consep.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import type { ExportInput } from './format.ts';
import { write } from './qupath.ts';

/** A QuPath object as its reader would make it, or an error where it would refuse the file. */
interface QuPathObject {
  readonly kind: string;
  readonly id: string | undefined;
  readonly point: readonly [number, number];
  readonly pathClass: { readonly name: string; readonly rgb: readonly number[] } | undefined;
  readonly measurements: Readonly<Record<string, number>>;
}

type Json = Readonly<Record<string, unknown>>;

const KINDS = ['annotation', 'detection', 'cell', 'tile', 'tmaCore', 'root'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function readAsQuPath(text: string): QuPathObject[] {
  const { type, features } = JSON.parse(text) as FeatureCollection<Point, Json>;
  if (type !== 'FeatureCollection') throw new Error('not a collection');
  return features.map(({ id, geometry, properties }) => {
    const { objectType, classification, measurements = {} } = properties;
    if (geometry.type !== 'Point') throw new Error('not a point');
    for (const value of Object.values(measurements as Json)) {
      if (typeof value !== 'number') throw new Error('a measurement is not a number');
    }
    return {
      // An unknown or missing type silently becomes an annotation.
      kind: KINDS.includes(objectType as string) ? (objectType as string) : 'annotation',
      // An id that is no UUID is silently dropped.
      id: UUID.test(id as string) ? (id as string) : undefined,
      point: geometry.coordinates as [number, number],
      pathClass: pathClass(classification),
      measurements: measurements as Record<string, number>,
    };
  });
}

function pathClass(classification: unknown): QuPathObject['pathClass'] {
  if (classification === undefined) return undefined;
  const { name, names, color } = classification as Json;
  if ((name === undefined && names === undefined) || !Array.isArray(color)) {
    throw new Error('a classification needs a name and a colour');
  }
  if (![1, 3, 4].includes(color.length) || !color.every(Number.isInteger)) {
    throw new Error('a colour is 1, 3 or 4 integers');
  }
  return { name: name as string, rgb: color as number[] };
}

function input(rows: readonly (readonly [number, number, number, number])[]): ExportInput {
  return {
    nuclei: {
      length: rows.length,
      x: Float32Array.from(rows, (row) => row[0]),
      y: Float32Array.from(rows, (row) => row[1]),
      class: Uint8Array.from(rows, (row) => row[2]),
      score: Float32Array.from(rows, (row) => row[3]),
    },
    dataset: consep,
    image: { id: 'a.png', width: 100, height: 100, mpp: 0.5 },
    model: { id: 'compact', version: '1.0' },
  };
}

const text = (one: ExportInput) => textOf(write(one));
const objects = (one: ExportInput) => readAsQuPath(text(one));

describe('QuPath reads', () => {
  it('every nucleus as a detection with id, class, colour and probability', () => {
    const point = fc.double({ min: 0, max: 1e5, noNaN: true });
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    const rows = fc.array(fc.tuple(point, point, fc.nat(2), score), { maxLength: 20 });
    fc.assert(
      fc.property(rows, (rows) => {
        const read = objects(input(rows));
        expect(read.length).toBe(rows.length);
        read.forEach((object, i) => {
          const [x, y, k, score] = rows[i]!;
          expect(object.kind).toBe('detection');
          expect(object.id).toBeDefined();
          expect(object.point[0]).toBeCloseTo(x, 1);
          expect(object.point[1]).toBeCloseTo(y, 1);
          expect(object.pathClass!.name).toBe(consep.classes[k]!.name);
          expect(object.measurements['Detection probability']).toBeCloseTo(score, 3);
        });
      }),
    );
  });

  it('the colours of the dataset', () => {
    const [object] = objects(input([[1, 2, 1, 0.5]]));
    const [r, g, b] = object!.pathClass!.rgb;
    const hex = [r, g, b].map((part) => part!.toString(16).padStart(2, '0')).join('');
    expect(`#${hex}`).toBe(consep.classes[1]!.colour);
  });

  it('a nucleus of unknown class as unclassified', () => {
    const [object] = objects(input([[1, 2, UNKNOWN_CLASS, 0.5]]));
    expect(object!.pathClass).toBeUndefined();
    expect(object!.kind).toBe('detection');
  });
});

describe('ids', () => {
  const one = input([[147.78, 64, 1, 0.913]]);

  it('follow the recipe of docs/formats.md', () => {
    // uuid5(uuid5(uuid5(NAMESPACE_URL, 'urn:unicell-edge'), 'a.png\ncompact\n1.0\nconsep'), '147.78,64,Epithelial')
    expect(objects(one)[0]!.id).toBe('815798ac-dc92-5176-a357-cff4fec613b4');
  });

  it('do not depend on order or score, and differ between places, classes, pictures and models', () => {
    const id = objects(one)[0]!.id;
    const moved = input([
      [1, 1, 0, 0.5],
      [147.78, 64, 1, 0.5],
      [147.79, 64, 1, 0.9],
      [147.78, 64, 2, 0.9],
    ]);
    const ids = objects(moved).map((object) => object.id);
    expect(ids[1]).toBe(id);
    const others = [
      { ...one, image: { ...one.image, id: 'b.png' } },
      { ...one, model: { id: 'compact', version: '1.1' } },
      { ...one, dataset: { ...consep, id: 'other' } },
    ].map((other) => objects(other)[0]!.id);
    expect(new Set([...ids, ...others]).size).toBe(7);
  });
});

it('says what it is of', () => {
  const { properties } = JSON.parse(text(input([[1, 2, 0, 0.5]]))) as { properties: unknown };
  expect(properties).toEqual({
    researchUseOnly: true,
    image: { id: 'a.png', width: 100, height: 100, mpp: 0.5 },
    model: { id: 'compact', version: '1.0' },
    dataset: { id: 'consep', classes: ['Inflammatory', 'Epithelial', 'Spindle-shaped'] },
    count: 1,
  });
});
