/**
 * The nuclei of a job, fetched from the service.
 *
 * @module
 */

import type { PointsLayout } from '../../../api/viewer/viewer-schemas.ts';
import { type CountTile, decodeCountTile } from '../../../viewer/count-tile.ts';
import type { PointGrid, TilePlace } from '../../../viewer/point-grid.ts';
import { decodePointTile, type PointTile } from '../../../viewer/point-tile.ts';

/** A request with whatever key the page has. */
export type Fetch = (path: string, init?: { readonly signal?: AbortSignal }) => Promise<Response>;

/** What comes back with a tile. */
export interface Fetched {
  /** Whether parts of it have no result yet. */
  readonly isPartial: boolean;
}

export class NucleiSource {
  readonly #url: string;
  readonly #fetch: Fetch;

  /**
   * @param url Of the job: `/v1/jobs/ID`.
   * @param fetch Must fail for answers that are no success.
   */
  constructor(url: string, fetch: Fetch) {
    this.#url = url.replace(/\/+$/, '');
    this.#fetch = fetch;
  }

  async layout(): Promise<PointsLayout> {
    const response = await this.#fetch(`${this.#url}/points`);
    return (await response.json()) as PointsLayout;
  }

  async points(
    dataset: string,
    place: TilePlace,
    signal: AbortSignal,
  ): Promise<PointTile & Fetched> {
    const { bytes, isPartial } = await this.#tile('points', dataset, place, signal);
    return { ...decodePointTile(bytes), isPartial };
  }

  async counts(
    dataset: string,
    place: TilePlace,
    signal: AbortSignal,
  ): Promise<CountTile & Fetched> {
    const { bytes, isPartial } = await this.#tile('counts', dataset, place, signal);
    return { ...decodeCountTile(bytes), isPartial };
  }

  async #tile(kind: string, dataset: string, { z, x, y }: TilePlace, signal: AbortSignal) {
    const path = `${this.#url}/${kind}/${encodeURIComponent(dataset)}/${z}/${x}/${y}`;
    const response = await this.#fetch(path, { signal });
    return {
      bytes: new Uint8Array(await response.arrayBuffer()),
      isPartial: response.headers.get('x-partial') === 'true',
    };
  }
}

/** The cut of the slide that a layout describes. */
export function gridOf({ image, grid }: PointsLayout): PointGrid {
  return { width: image.width, height: image.height, cellPx: grid.cellPx, levels: grid.levels };
}
