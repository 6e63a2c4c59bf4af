import { datasets } from '../../shared/datasets/registry.ts';
import { cutTiles } from '../labelled-data/cut-tiles.ts';
import { startProgress } from '../terminal/progress.ts';

interface TileCommandOptions {
  readonly dataset: string;
  readonly split: string;
  readonly out: string;
  readonly json?: true;
}

/** `unicell tile`: labelled images become the authors' tiles. Returns what goes to stdout. */
export async function tileCommand(
  data: string,
  { dataset: id, split, out, json }: TileCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const dataset = datasets.get(id);
  const progress = startProgress('pictures');
  try {
    const summary = await cutTiles({
      data,
      dataset,
      split,
      out,
      signal,
      onProgress: (done, total) => progress.update(done, total),
    });
    if (json) return JSON.stringify({ dataset: dataset.id, split, out, ...summary }, null, 2);
    const { pictures, tiles, labels } = summary;
    return `${dataset.name}, ${split}: ${pictures} pictures cut into ${tiles} tiles with ${labels} labels, in ${out}.`;
  } finally {
    progress.stop();
  }
}
