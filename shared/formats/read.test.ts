/** What the readers take from elsewhere, and what they say about what they do not take. */
import { describe, expect, it } from 'vitest';
import { nucleiOf } from '../../test/support/export-input.ts';
import { consep } from '../datasets/consep.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import * as coco from './coco.ts';
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

describe('tables of other programs', () => {
  const places = (text: string, mpp?: number) => {
    const found = csv.read(text, { ...options, mppOf: () => mpp }).get('')!;
    return [...found.x].map((x, i) => [x, found.y[i], found.class[i]]);
  };
  const right = [
    [10, 20, 1],
    [50.5, 60.25, 0],
  ];

  it.each([
    ['old Mac line ends', 'x,y,class,score\r10,20,Epithelial,0.9\r50.5,60.25,Inflammatory,0.8\r'],
    ['mixed line ends', 'x,y,class\r\n10,20,Epithelial\r50.5,60.25,"Inflammatory"\n'],
    [
      'semicolons and decimal commas',
      'x;y;class;score\n10;20;Epithelial;0,9\n50,5;60,25;Inflammatory;0,8',
    ],
    ['semicolons, quoted', '"x";"y";"class"\r10;20;"Epithelial"\r50,5;60,25;"Inflammatory"\r'],
    ['tabs', 'x\ty\tclass\n10\t20\tEpithelial\n50.5\t60.25\tInflammatory\n'],
    [
      'pixels of QuPath',
      'Name\tClassification\tCentroid X px\tCentroid Y px\n\tEpithelial\t10\t20\n\tInflammatory\t50.5\t60.25\n',
    ],
  ])('are read: %s', (_, text) => {
    expect(places(text)).toEqual(right);
  });

  it.each(['µm', 'μm', 'Âµm', 'um'])('are read in %s where the resolution is known', (unit) => {
    const text = `Centroid X ${unit},Centroid Y ${unit},Classification\n5,10,Epithelial\n25.25,30.125,Inflammatory\n`;
    expect(places(text, 0.5)).toEqual(right);
    expect(() => places(text)).toThrow(invalid('line 2: its centroid is in micrometres'));
  });

  it('of several images have one resolution each', () => {
    const text = 'Image,Centroid X µm,Centroid Y µm,Class\na,1,1,\nb,1,1,\n';
    const mppOf = (image: string) => (image === 'a' ? 0.5 : 0.25);
    const read = csv.read(text, { ...options, mppOf });
    expect([read.get('a')!.x[0], read.get('b')!.x[0]]).toEqual([2, 4]);
  });

  it('keep a comma a fault where commas part the columns', () => {
    expect(() => places('x,y,class\n"1,5",2,\n')).toThrow(invalid('x is "1,5"'));
  });
});

describe('json of HoVer-Net', () => {
  const file = (nuc: object) => JSON.stringify({ mag: 40, nuc });

  it('is read by its numbers of classes', () => {
    const nuc = {
      1: { centroid: [10, 20], type: 3, type_prob: 0.9 },
      2: { centroid: [50.5, 60.25], type: 2 },
      7: { centroid: [1, 2], type: 1 },
      8: { centroid: [3, 4], type: null },
    };
    const found = json.read(file(nuc), options).get('')!;
    expect([...found.class]).toEqual([1, 0, UNKNOWN_CLASS, UNKNOWN_CLASS]);
    expect([...found.x]).toEqual([10, 50.5, 1, 3]);
    expect([...found.score].map((score) => Number(score.toFixed(3)))).toEqual([0.9, 1, 1, 1]);
  });

  it('is refused where a number means nothing', () => {
    const nuc = { 4: { centroid: [10, 20], type: 9 } };
    expect(() => json.read(file(nuc), options)).toThrow(invalid('nucleus 0: 4 has the type 9'));
    expect(() => json.read(file({ 4: { type: 2 } }), options)).toThrow(invalid('x is undefined'));
  });
});

describe('areas of QuPath', () => {
  const square = (x: number, y: number, side = 10) => [
    [x, y],
    [x + side, y],
    [x + side, y + side],
    [x, y + side],
    [x, y],
  ];
  const read = (...geometries: object[]) => {
    const features = geometries.map((geometry) => ({ type: 'Feature', geometry, properties: {} }));
    const found = qupath.read(JSON.stringify(features), options).get('')!;
    return [...found.x].map((x, i) => [x, found.y[i]]);
  };

  it('count by their centroids', () => {
    expect(read({ type: 'Polygon', coordinates: [square(5, 15)] })).toEqual([[10, 20]]);
    expect(read({ type: 'Polygon', coordinates: [square(5, 15).toReversed()] })).toEqual([
      [10, 20],
    ]);
    const halved = { type: 'Polygon', coordinates: [square(0, 0, 4), square(2, 0, 2)] };
    expect(read(halved)[0]![0]).toBeCloseTo((16 * 2 - 4 * 3) / 12, 5);
    const two = { type: 'MultiPolygon', coordinates: [[square(0, 0, 2)], [square(10, 0, 2)]] };
    expect(read(two)).toEqual([[6, 1]]);
  });

  it('are refused without an area', () => {
    for (const ring of [
      [[1, 1]],
      [
        [1, 1],
        [2, 2],
        [1, 1],
      ],
      [[1, 'a']],
      [1],
    ]) {
      expect(() => read({ type: 'Polygon', coordinates: [ring] })).toThrow(
        invalid('Polygon and MultiPolygon with an area'),
      );
    }
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
    [
      '[{"geometry":{"type":"Polygon","coordinates":[]}}]',
      'its geometry is "Polygon"; nuclei are Point',
    ],
    ['[{"geometry":{"type":"Point"}}]', 'points, feature 0: x is undefined'],
    ['[{"geometry":{"type":"Point","coordinates":[1,null]}}]', 'points, feature 0: y is null'],
  ])('refuses %j', (text, message) => {
    expect(() => qupath.read(text, options)).toThrow(invalid(message));
  });
});

describe('COCO', () => {
  it('is read as it is written', () => {
    const nuclei = nucleiOf([
      [10, 20, 1, 0.9],
      [50.5, 60.25, UNKNOWN_CLASS, 0.8],
    ]);
    const image = { id: 'a.png', width: 100, height: 90, mpp: 0.5 };
    const model = { id: 'compact', version: '1.0' };
    const parts = [...coco.write({ nuclei, dataset: consep, image, model })];
    const text = new TextDecoder().decode(Buffer.concat(parts));
    const read = json.read(text, options);
    expect([...read.keys()]).toEqual(['a.png']);
    const { x, y, class: classes, score } = read.get('a.png')!;
    expect([...x, ...y].map((value) => Math.round(100 * value) / 100)).toEqual([
      10, 50.5, 20, 60.25,
    ]);
    expect([...classes]).toEqual([1, UNKNOWN_CLASS]);
    expect([...score].map((value) => value.toFixed(1))).toEqual(['0.9', '0.8']);
  });

  const file = (changes: object) =>
    JSON.stringify({
      images: [{ id: 1, file_name: 'a.png' }],
      categories: [{ id: 1, name: 'Epithelial' }],
      annotations: [{ image_id: 1, category_id: 1, bbox: [1, 2, 4, 6] }],
      ...changes,
    });
  it.each([
    [{ images: [{ id: 1 }] }, 'image 0: it must have an id of its own and a file_name'],
    [
      { images: [1, 1].map((id) => ({ id, file_name: 'a.png' })) },
      'image 1: it must have an id of its own',
    ],
    [
      { annotations: [{ image_id: 2, category_id: 1 }] },
      'annotation 0: its image_id is that of no',
    ],
    [{ annotations: [{ image_id: 1, category_id: 2 }] }, 'category_id 2 is that of no category'],
    [
      { annotations: [{ image_id: 1, category_id: 1, bbox: [1, 2, null, 4] }] },
      'neither polygons nor a bbox',
    ],
    [{ annotations: [null] }, 'annotation 0'],
    [{ categories: [{ id: 1, name: 'Plasma' }] }, 'consep has no class "Plasma"'],
  ])('refuses %j', (changes, message) => {
    expect(() => json.read(file(changes), options)).toThrow(invalid(message));
  });

  it('takes the middle of a box where there is no outline', () => {
    const { x, y } = json.read(file({}), options).get('a.png')!;
    expect([x[0], y[0]]).toEqual([3, 5]);
  });
});
