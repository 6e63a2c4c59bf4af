/**
 * What the viewer's routes need of a tier that runs jobs: images of the slide and tiles of its nuclei.
 *
 * @module
 */
import type { Size } from '../../image/source.ts';
import type { ImageRequest } from '../../viewer/iiif-request.ts';
import type { TilePlace } from '../../viewer/point-grid.ts';
import type { Caller } from '../http/caller.ts';
import type { Counts, CountsRequest, PointsLayout } from './viewer-schemas.ts';

/** Nuclei to be drawn, or counts of them. */
export type TileKind = 'points' | 'counts';

/** Errors are `UniCellError`; a job of another caller is `NOT_FOUND`. */
export interface ViewerService {
  /** The size of the job's slide, which is opened for it. */
  size(id: string, caller: Caller): Promise<Size>;
  /** A part of the slide as a file. */
  image(
    id: string,
    caller: Caller,
    request: (slide: Size) => ImageRequest,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** How the nuclei of a planned job are cut into tiles. */
  layout(id: string, caller: Caller): Promise<PointsLayout>;
  tile(
    id: string,
    caller: Caller,
    tile: { readonly dataset: string; readonly kind: TileKind; readonly place: TilePlace },
  ): Promise<{
    readonly bytes: Uint8Array<ArrayBuffer>;
    /** Names the content; undefined while it may change at any moment. */
    readonly version: string | undefined;
    /** Whether parts of the slide have no result (yet). */
    readonly isPartial: boolean;
  }>;
  /** Counts the nuclei of a region. */
  counts(id: string, caller: Caller, request: CountsRequest): Promise<Counts>;
}
