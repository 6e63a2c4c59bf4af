/**
 * The layout that HoVer-Net brought and that CoNSeP is published in: `{Train,Test}/Images/NAME.png` with
 * `{Train,Test}/Labels/NAME.mat`, which hold `inst_centroid` (N x 2, x and y) and `inst_type` (N x 1).
 * The authors of UniCell publish their copies of all four datasets in it (unicell-spec.md 13.1).
 *
 * @module
 */
import type { Size } from '../../../shared/image/source.ts';
import type { Labels, PublishedImage } from './importer.ts';
import { MatLabels } from './mat-labels.ts';
import { filesByKey, pairFiles } from './pair-files.ts';
import { tcgaColumns } from './tcga.ts';

/** What a number of `inst_type` means. */
export interface TypeClass {
  readonly class: string;
  readonly rawClass?: string;
}

export interface HoverNetOptions {
  readonly types: ReadonlyMap<number, TypeClass>;
  /** Micrometres per pixel of a picture of this size; `undefined` where that cannot be known. */
  mpp(picture: Size): number | undefined;
  /** Names of pictures of `Train` that are the validation split. */
  readonly validation?: ReadonlySet<string>;
}

const parts = { Train: 'train', Test: 'test' } as const;

/**
 * Finds the pictures of a folder in this layout.
 *
 * @param files The files under `source` (`listFiles`).
 * @returns No pictures when the folder is laid out otherwise.
 * @throws {UniCellError} `SOURCE_NOT_FOUND` when a picture has no labels or labels have no picture.
 */
export function findHoverNet(
  source: string,
  files: readonly string[],
  { types, mpp, validation }: HoverNetOptions,
): PublishedImage[] {
  const images: PublishedImage[] = [];
  for (const [folder, part] of Object.entries(parts)) {
    const filesIn = (kind: string, types: string) =>
      filesByKey(source, files, new RegExp(`^${folder}/${kind}/[^/]+\\.(${types})$`, 'i'));
    const pairs = pairFiles(filesIn('Images', 'png|jpe?g|tiff?'), filesIn('Labels', 'mat'));
    for (const { key, picture, label } of pairs) {
      images.push({
        name: key,
        path: picture,
        split: validation?.has(key) ? 'val' : part,
        columns: tcgaColumns(key),
        readLabels: (size) => readHoverNet(label, types, size, mpp(size)),
      });
    }
  }
  return images;
}

async function readHoverNet(
  path: string,
  types: HoverNetOptions['types'],
  picture: Size,
  mpp: number | undefined,
): Promise<Labels> {
  const labels = await MatLabels.read(path);
  labels.requireMapOf('inst_map', picture);
  const centroids = labels.points('inst_centroid');
  const classes = labels.classes('inst_type', centroids.length, 'inst_centroid', types);
  return { mpp, points: centroids.map((point, i) => ({ ...point, ...classes[i]! })) };
}
