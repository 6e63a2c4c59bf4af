import type { EngineHost } from '../engine/engine-host.ts';
import type { RunRecord } from './run-record.ts';

/** What a run of an image and one of a slide need alike. */
export interface RunParts {
  readonly host: EngineHost;
  /** What the image is called in result files, mostly its file name. */
  readonly id: string;
  /** What result files are called, without `.DATASET.FORMAT`. */
  readonly stem: string;
  /** Folder of the result files. */
  readonly out: string;
  /** Ids of `shared/formats/registry.ts`. */
  readonly formats: readonly string[];
  /** As of `ExportHead`, and of the rings of an overlay. */
  readonly radiusUm?: number | undefined;
  readonly hasOverlay: boolean;
  /** What was done before, and what is kept of this run. */
  readonly record: RunRecord;
  /** Shows a line to who watches. */
  readonly say: (line: string) => void;
  /** Called with windows done and in total. */
  readonly onProgress: (done: number, total: number) => void;
}
