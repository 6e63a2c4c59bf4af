/**
 * OCELOT 2023 as published: `images/SUBSET/cell/ID.jpg`, `annotations/SUBSET/cell/ID.csv` (`x,y,class`
 * without a header, 1 background cell, 2 tumour cell) and `metadata.json`, which knows the resolution,
 * slide, organ and subset of each; or the copy of UniCell's authors.
 *
 * @module
 */
import { join } from 'node:path';
import { z } from 'zod';
import { ocelot } from '../../../shared/datasets/ocelot.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { readText } from '../read-text.ts';
import { findHoverNet } from './hovernet.ts';
import { type Importer, type LabelPoint, type PublishedImage, SPLITS } from './importer.ts';
import { listFiles } from './list-files.ts';
import { readNumberRows } from './number-rows.ts';
import { filesByKey, pairFiles } from './pair-files.ts';
import { tcgaColumns } from './tcga.ts';

const classes = ['background_cell', 'tumor_cell'] as const;

const types = new Map([
  [1, { class: classes[0] }],
  [2, { class: classes[1] }],
]);

const entrySchema = z.object({
  slide_name: z.string(),
  organ: z.string(),
  subset: z.enum(SPLITS),
  cell: z.object({ resized_mpp_x: z.number().positive() }),
});
type Entry = z.infer<typeof entrySchema>;

export const ocelotImporter: Importer = {
  dataset: ocelot,
  classes,
  async find(source) {
    const files = await listFiles(source);
    const copy = findHoverNet(source, files, { types, mpp: () => ocelot.mpp });
    if (copy.length > 0) return { images: copy };
    const pairs = pairFiles(
      filesByKey(source, files, /^images\/\w+\/cell\/[^/]+\.jpe?g$/i),
      filesByKey(source, files, /^annotations\/\w+\/cell\/[^/]+\.csv$/i),
    );
    if (pairs.length === 0) {
      throw new UniCellError(
        'SOURCE_NOT_FOUND',
        `${source} holds no images/SUBSET/cell/ID.jpg. Pass the folder of OCELOT 2023 with images, annotations and metadata.json.`,
      );
    }
    const metadataPath = join(source, 'metadata.json');
    const entryOf = await readMetadata(metadataPath);
    const images = pairs.map(({ key, picture, label }): PublishedImage => {
      const entry = entryOf(key);
      return {
        name: key,
        path: picture,
        split: entry.subset,
        columns: {
          organ: entry.organ,
          ...tcgaColumns(entry.slide_name),
          slide: entry.slide_name,
        },
        readLabels: async () => ({
          mpp: entry.cell.resized_mpp_x,
          points: await readPoints(label),
        }),
      };
    });
    return { images };
  },
};

/** @returns What `metadata.json` says of a picture; each entry is checked when it is asked for. */
async function readMetadata(path: string): Promise<(id: string) => Entry> {
  let pairs: Record<string, unknown>;
  try {
    const json: unknown = JSON.parse(await readText(path));
    pairs = z.object({ sample_pairs: z.record(z.string(), z.unknown()) }).parse(json).sample_pairs;
  } catch (cause) {
    if (cause instanceof UniCellError) throw cause;
    const problem = cause instanceof z.ZodError ? 'sample_pairs is missing' : String(cause);
    throw new UniCellError(
      'POINTS_INVALID',
      `${path} is not OCELOT's metadata: ${problem}. Fetch it again.`,
      { cause },
    );
  }
  return (id) => {
    const { data, error } = entrySchema.safeParse(pairs[id]);
    if (data) return data;
    const [issue] = error.issues;
    throw new UniCellError(
      'POINTS_INVALID',
      `${path}, key ${['sample_pairs', id, ...issue!.path].join('.')}: ${issue!.message}.`,
    );
  };
}

async function readPoints(path: string): Promise<LabelPoint[]> {
  const rows = await readNumberRows(path, ['x', 'y', 'class'], ',');
  return rows.map(({ line, values }) => {
    const [x, y, type] = values as [number, number, number];
    const found = types.get(type);
    if (found) return { x, y, ...found };
    throw new UniCellError(
      'POINTS_INVALID',
      `${path}, line ${line}: class is ${type}; it must be 1 (background cell) or 2 (tumour cell).`,
    );
  });
}
