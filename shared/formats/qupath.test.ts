/** Our GeoJSON as QuPath reads it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type QuPathObject, readAsQuPath } from '../../test/support/read-as-qupath.ts';
import { textOf } from '../../test/support/text-of.ts';
import { consep } from '../datasets/consep.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import { fileSlices } from './file-slices.ts';
import type { ExportInput } from './format.ts';
import * as points from './qupath.ts';
import * as circles from './qupath-circles.ts';
import { read } from './read-qupath.ts';
import { findFormat } from './registry.ts';

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

const text = (one: ExportInput) => textOf(points.write(one));
const objects = (one: ExportInput) => readAsQuPath(text(one));
const propertiesOf = (file: string) => (JSON.parse(file) as { unicell: unknown }).unicell;

describe.each([
  ['points', points],
  ['circles', circles],
])('QuPath reads %s', (shape, { write }) => {
  const objects = (one: ExportInput) => readAsQuPath(textOf(write(one)));
  const centreOf = ({ roi }: QuPathObject) => {
    if (roi.type === 'ellipse') return roi.centre;
    if (roi.type === 'points') return roi.points[0]!;
    throw new Error(`a nucleus is a ${roi.type}`);
  };

  it('every nucleus as a detection with id, place, class and probability', () => {
    const point = fc.double({ min: 0, max: 1e5, noNaN: true });
    const score = fc.double({ min: 0, max: 1, noNaN: true });
    const rows = fc.array(fc.tuple(point, point, fc.nat(2), score), { maxLength: 20 });
    fc.assert(
      fc.property(rows, (rows) => {
        const read = objects(input(rows));
        expect(read.length).toBe(rows.length);
        read.forEach((object, i) => {
          const [x, y, k, score] = rows[i]!;
          const centre = centreOf(object);
          expect(object.kind).toBe('detection');
          expect(object.id).toBeDefined();
          expect(object.roi.type).toBe(shape === 'points' ? 'points' : 'ellipse');
          expect(centre[0]).toBeCloseTo(x, 1);
          expect(centre[1]).toBeCloseTo(y, 1);
          expect(object.pathClass!.name).toBe(consep.classes[k]!.name);
          expect(object.measurements.get('Detection probability')).toBeCloseTo(score, 3);
        });
      }),
    );
  });

  it('the colours of the dataset', () => {
    const [object] = objects(input([[1, 2, 1, 0.5]]));
    const hex = object!.pathClass!.rgb.map((part) => part.toString(16).padStart(2, '0')).join('');
    expect(`#${hex}`).toBe(consep.classes[1]!.colour);
  });

  it('a nucleus of unknown class as unclassified', () => {
    const [object] = objects(input([[1, 2, UNKNOWN_CLASS, 0.5]]));
    expect(object!.pathClass).toBeUndefined();
    expect(object!.kind).toBe('detection');
  });

  it('places from the corner of the scanned area', () => {
    const one = input([[150, 260, 0, 0.5]]);
    const bounds = { x: 100, y: 200, width: 80, height: 90 };
    const file = textOf(write({ ...one, image: { ...one.image, bounds } }));
    expect(centreOf(readAsQuPath(file)[0]!)).toEqual([50, 60]);
    expect(propertiesOf(file)).toMatchObject({ image: { bounds }, origin: { x: 100, y: 200 } });
  });
});

it('gives level-0 pixels back where the scanned area begins elsewhere', () => {
  const one = input([[150.25, 260, 0, 0.5]]);
  const bounds = { x: 100, y: 200, width: 80, height: 90 };
  const file = text({ ...one, image: { ...one.image, bounds } });
  const back = read(file, { dataset: consep, origin: 'file' }).get('a.png')!;
  expect([back.x[0], back.y[0]]).toEqual([150.25, 260]);
});

describe('circles', () => {
  const file = (radiusUm?: number) =>
    textOf(circles.write({ ...input([[50, 40, 0, 0.5]]), radiusUm }));

  it.each([
    [undefined, 8],
    [3, 6],
  ])('of %s um have %s pixels at 0.5 um per pixel, in sixteen corners', (radiusUm, px) => {
    const text = file(radiusUm);
    expect(readAsQuPath(text)[0]!.roi).toEqual({
      type: 'ellipse',
      centre: [50, 40],
      halfAxes: [px, px],
    });
    const [ring] = (JSON.parse(text).features[0] as { geometry: { coordinates: number[][][] } })
      .geometry.coordinates;
    expect(ring!.length).toBe(17);
    for (const [x, y] of ring!) expect(Math.hypot(x! - 50, y! - 40)).toBeCloseTo(px, 1);
    expect(propertiesOf(text)).toMatchObject({ radiusUm: radiusUm ?? 4 });
  });

  it('have the ids of the points', () => {
    const [circle] = readAsQuPath(file());
    expect(circle!.id).toBe(objects(input([[50, 40, 0, 0.5]]))[0]!.id);
  });

  it('are read as the nuclei that they are around', () => {
    const found = read(file(), { dataset: consep, origin: 'file' }).get('a.png')!;
    expect([found.x[0], found.y[0], found.class[0]]).toEqual([50, 40, 0]);
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
  const said = {
    researchUseOnly: true,
    image: { id: 'a.png', width: 100, height: 100, mpp: 0.5 },
    model: { id: 'compact', version: '1.0' },
    dataset: { id: 'consep', classes: ['Inflammatory', 'Epithelial', 'Spindle-shaped'] },
    count: 1,
  };
  const one = input([[1, 2, 0, 0.5]]);
  expect(propertiesOf(text(one))).toEqual(said);
  const [first] = fileSlices(findFormat('qupath'), 'consep', 400_001);
  const part = { number: 1, of: 3 };
  expect(propertiesOf(text({ ...one, part: first!.part }))).toEqual({ ...said, part });
});
