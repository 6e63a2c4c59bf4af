/** What the readers take from elsewhere, and what they say about what they do not take. */
import { describe, expect, it } from 'vitest';
import { consep } from '../datasets/consep.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import * as csv from './csv.ts';
import * as json from './read-json.ts';
import * as qupath from './read-qupath.ts';

const options = { dataset: consep, origin: 'points' };
const invalid = (message: string) =>
  expect.objectContaining({ code: 'POINTS_INVALID', message: expect.stringContaining(message) });

describe('csv', () => {
  it('reads labelled data: several pictures, further columns, empty classes, aliases', () => {
    const text =
      'image,x,y,class,raw_class\r\na.png,1.5,2,epithelial,malignant_epithelial\r\n' +
      'b.png,3,4e1,,\r\na.png,+5,.5,Stromal,muscle\r\n';
    const read = csv.read(text, options);
    expect([...read.keys()]).toEqual(['a.png', 'b.png']);
    expect([...read.get('a.png')!.x]).toEqual([1.5, 5]);
    expect([...read.get('a.png')!.y]).toEqual([2, 0.5]);
    expect([...read.get('a.png')!.class]).toEqual([1, 2]);
    expect([...read.get('b.png')!.class]).toEqual([UNKNOWN_CLASS]);
    expect([...read.get('b.png')!.score]).toEqual([1]);
  });

  it('finds columns by name, in any order', () => {
    const read = csv.read('Score, class ,Y,X\n0.5,inflammatory,2,1\n', options).get('')!;
    expect([read.x[0], read.y[0], read.class[0], read.score[0]]).toEqual([1, 2, 0, 0.5]);
  });

  it.each([
    ['', 'line 1: the header has the 0 columns (none); x, y, class is missing'],
    ['1,2,0\n', 'line 1: the header has the 3 columns 1, 2, 0; x, y, class is missing'],
    ['x,y,class\n1,2\n', 'points, line 2: it has 2 columns, the header has 3 (x, y, class).'],
    ['x,y,class\n1,2,epithelial,9\n', 'points, line 2: it has 4 columns, the header has 3'],
    ['x,y,class\n1,2,\n\nnan,2,\n', 'points, line 4: x is "nan"; it must be a finite number'],
    ['x,y,class\n1,,\n', 'points, line 2: y is ""'],
    ['x,y,class\n1,0x10,\n', 'points, line 2: y is "0x10"'],
    ['x,y,class\n1,1e300,\n', 'points, line 2: y is 1e+300'],
    ['x,y,class\n1,Infinity,\n', 'points, line 2: y is "Infinity"'],
    ['x,y,class,score\n1,2,,high\n', 'points, line 2: the score is "high"'],
    ['x,y,class\n1,2,plasma\n', 'line 2: consep has no class "plasma"; it has Inflammatory'],
  ])('refuses %j', (text, message) => {
    expect(() => csv.read(text, options)).toThrow(invalid(message));
  });
});

describe('json', () => {
  it('reads the name of the picture', () => {
    const text = '{"image":{"id":"a.png"},"nuclei":[{"x":1,"y":2,"class":null}]}';
    expect([...json.read(text, options).get('a.png')!.class]).toEqual([UNKNOWN_CLASS]);
  });

  it('reads columns whose classes are named by the file, in another order than the dataset', () => {
    const text =
      '{"dataset":{"classes":["stromal","epithelial"]},"nuclei":{"x":[1,2],"y":[1,2],"class":[0,1]}}';
    expect([...json.read(text, options).get('')!.class]).toEqual([2, 1]);
  });

  it.each([
    ['{"nuclei":', 'points is not JSON'],
    ['[]', 'points has no "nuclei"'],
    ['null', 'points has no "nuclei"'],
    ['{"nuclei":{"x":[1],"y":[1,2],"class":[0]}}', 'have 1, 2, 1 values'],
    ['{"nuclei":{"x":[1],"y":[1],"class":[0]}}', 'consep has no class 0'],
    ['{"nuclei":[{"x":1,"y":"2"}]}', 'points, nucleus 0: y is "2"'],
    ['{"nuclei":[{"x":1,"y":2},{"y":2}]}', 'points, nucleus 1: x is undefined'],
    ['{"nuclei":[7]}', 'points, nucleus 0: x is undefined'],
    ['{"nuclei":[{"x":1,"y":2,"score":null}]}', 'the score is null'],
  ])('refuses %j', (text, message) => {
    expect(() => json.read(text, options)).toThrow(invalid(message));
  });
});

describe('qupath', () => {
  const feature = (geometry: unknown, classification?: unknown) => ({
    type: 'Feature',
    geometry,
    properties: { classification },
  });
  const read = (...features: unknown[]) => qupath.read(JSON.stringify(features), options).get('')!;

  it('reads points and multipoints, with classes as strings, objects and derived names', () => {
    const nuclei = read(
      feature({ type: 'Point', coordinates: [1, 2] }, 'Stromal'),
      feature(
        {
          type: 'MultiPoint',
          coordinates: [
            [3, 4],
            [5, 6],
          ],
        },
        { name: 'Epithelial' },
      ),
      feature({ type: 'Point', coordinates: [7, 8, 0] }, { names: ['Inflammatory'] }),
      feature({ type: 'Point', coordinates: [9, 9] }),
    );
    expect([...nuclei.x]).toEqual([1, 3, 5, 7, 9]);
    expect([...nuclei.class]).toEqual([2, 1, 1, 0, UNKNOWN_CLASS]);
  });

  it.each([
    ['{}', 'points is not GeoJSON of nuclei'],
    ['"x"', 'points is not GeoJSON of nuclei'],
    ['[null]', 'points, feature 0: its geometry is undefined'],
    ['[{"geometry":{"type":"Polygon","coordinates":[]}}]', 'its geometry is "Polygon"; only Point'],
    ['[{"geometry":{"type":"Point"}}]', 'points, feature 0: x is undefined'],
    ['[{"geometry":{"type":"Point","coordinates":[1,null]}}]', 'points, feature 0: y is null'],
  ])('refuses %j', (text, message) => {
    expect(() => qupath.read(text, options)).toThrow(invalid(message));
  });
});
