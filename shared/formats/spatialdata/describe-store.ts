/**
 * What a store of SpatialData says besides its nuclei: groups, coordinate systems, categories, where it came from.
 *
 * @module
 */
import type { FolderPiece } from '../folder-piece.ts';
import type { ExportHead } from '../format.ts';
import { fileHeader } from '../writing.ts';
import { dictPiece, groupPiece, scalarPieces, textsPieces } from './zarr-node.ts';

/** The element of the shapes, and what the column `region` of the table says. */
const REGION = 'nuclei';
export const SHAPES = `shapes/${REGION}`;
export const TABLE = 'tables/table';
const REGION_KEY = 'region';
const INSTANCE_KEY = 'cell_id';

/** SpatialData takes no shapes without any, nor a table without rows that annotates them: then the table stands alone. */
export function* describeStore(head: ExportHead): Generator<FolderPiece> {
  const unicell = fileHeader(head);
  yield groupPiece('', { spatialdata_attrs: { version: '0.2' }, unicell });
  const hasNuclei = head.count > 0;
  yield groupPiece('shapes');
  if (hasNuclei) yield* describeShapes(head);
  yield groupPiece('tables');
  yield groupPiece(TABLE, {
    'encoding-type': 'anndata',
    'encoding-version': '0.1.0',
    'spatialdata-encoding-type': 'ngff:regions_table',
    region: hasNuclei ? REGION : null,
    region_key: hasNuclei ? REGION_KEY : null,
    instance_key: hasNuclei ? INSTANCE_KEY : null,
    version: '0.2',
  });
  yield frame(`${TABLE}/obs`, [INSTANCE_KEY, REGION_KEY, 'slide', 'class', 'score']);
  yield* categories('region', [REGION]);
  yield* categories('slide', [head.image.id]);
  const { classes } = head.dataset;
  yield* categories(
    'class',
    classes.map(({ name }) => name),
  );
  yield frame(`${TABLE}/var`, []);
  yield* textsPieces(`${TABLE}/var/_index`, []);
  for (const name of ['layers', 'obsm', 'obsp', 'varm', 'varp', 'uns']) {
    yield dictPiece(`${TABLE}/${name}`);
  }
  // As scanpy names the colours of a category.
  yield* textsPieces(
    `${TABLE}/uns/class_colors`,
    classes.map(({ colour }) => colour),
  );
  if (hasNuclei) {
    yield* dictionary(`${TABLE}/uns/spatialdata_attrs`, {
      region: REGION,
      region_key: REGION_KEY,
      instance_key: INSTANCE_KEY,
    });
  }
  yield* dictionary(`${TABLE}/uns/unicell`, {
    research_use_only: true,
    dataset: head.dataset.id,
    model: head.model.id,
    model_version: head.model.version,
    image: head.image.id,
    image_width: head.image.width,
    image_height: head.image.height,
    mpp: head.image.mpp,
  });
}

function* describeShapes({ image }: ExportHead): Generator<FolderPiece> {
  yield groupPiece(SHAPES, {
    'encoding-type': 'ngff:shapes',
    axes: ['x', 'y'],
    coordinateTransformations: transformations(image.mpp),
    spatialdata_attrs: { version: '0.3' },
  });
}

function* dictionary(
  path: string,
  values: Readonly<Record<string, string | number | boolean>>,
): Generator<FolderPiece> {
  yield dictPiece(path);
  for (const [name, value] of Object.entries(values)) yield* scalarPieces(`${path}/${name}`, value);
}

function frame(path: string, columns: readonly string[]): FolderPiece {
  return groupPiece(path, {
    'encoding-type': 'dataframe',
    'encoding-version': '0.2.0',
    _index: '_index',
    'column-order': columns,
  });
}

function* categories(column: string, names: readonly string[]): Generator<FolderPiece> {
  const path = `${TABLE}/obs/${column}`;
  const attributes = {
    'encoding-type': 'categorical',
    'encoding-version': '0.2.0',
    ordered: false,
  };
  yield groupPiece(path, attributes);
  yield* textsPieces(`${path}/categories`, names);
}

/** To pixels of level 0, which SpatialData calls global, and to micrometres from their corner. */
function transformations(mpp: number): object[] {
  const system = (name: string, unit: string) => ({
    name,
    axes: ['x', 'y'].map((axis) => ({ name: axis, type: 'space', unit })),
  });
  const input = system('xy', 'unit');
  return [
    { type: 'identity', input, output: system('global', 'unit') },
    { type: 'scale', scale: [mpp, mpp], input, output: system('micrometer', 'micrometer') },
  ];
}
