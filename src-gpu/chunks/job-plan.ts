/**
 * Everything that a slide's result depends on, and how the slide is cut into chunks: plain data, made once
 * and read by every node that works on the job.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Route } from '../../shared/datasets/routing.ts';
import type { DicomJson } from '../../shared/dicom/dicom-json.ts';
import type { Resolution } from '../../shared/image/resolution.ts';
import type { Size } from '../../shared/image/source.ts';
import type { WindowShape } from '../../shared/tiling/plan-windows.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import type { Slide } from '../slides/slide.ts';

/** Grows when the same slide, model and options give another result than before. */
export const RESULT_VERSION = 2;

/** A chunk that has windows to run. */
export interface ChunkTask {
  readonly index: number;
  /** How many windows are run. */
  readonly windows: number;
  /** Which of its windows, row by row, as `Bits`; left out when it is all of them. */
  readonly some?: string;
  /** How much of the slide is tissue that lies in its core, 0 to 1; left out where densities are not over tissue. */
  readonly tissueFraction?: number;
}

export interface JobPlanBody {
  readonly resultVersion: typeof RESULT_VERSION;
  /** SHA-256 that names the slide's content. */
  readonly fingerprint: string;
  readonly reader: string;
  readonly image: Size;
  readonly bounds: Exclude<Slide['bounds'], undefined> | null;
  readonly mpp: Resolution;
  readonly model: {
    readonly id: string;
    readonly version: string;
    readonly precision: string;
    /** SHA-256 of each file of this precision. */
    readonly files: readonly string[];
  };
  /** The level that the model looks at: the slide at its resolution. Plans that are stored call it a plane. */
  readonly plane: Size;
  readonly planeMpp: number;
  readonly window: WindowShape;
  readonly chunkPx: number;
  readonly routes: readonly Route[];
  readonly options: {
    readonly organ?: string | undefined;
    readonly threshold?: number | undefined;
    readonly classes?: readonly string[] | undefined;
    readonly regions?: readonly RegionGeometry[] | undefined;
  };
  /** How much of the slide is tissue; `null` when nobody looked. */
  readonly tissueFraction: number | null;
  /** What densities are over, in square millimetres: see `densityAreaMm2`. */
  readonly areaMm2: number;
  /** From top to bottom and from left to right. */
  readonly chunks: readonly ChunkTask[];
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
}

export interface JobPlan extends JobPlanBody {
  /** SHA-256 of the body: equal hashes have equal results. */
  readonly planHash: string;
  /** As of the slide. It names the patient and changes no nucleus, so the hash does not hold it. */
  readonly dicom?: DicomJson | undefined;
}

/** Names a plan by its content. */
export function sealPlan(body: JobPlanBody, dicom?: DicomJson): JobPlan {
  // Through JSON, so that a plan that was stored has the same fields.
  const plain = JSON.parse(JSON.stringify(body)) as JobPlanBody;
  return { planHash: hashOf(plain), ...plain, ...(dicom === undefined ? {} : { dicom }) };
}

/** A plan that was stored as JSON; `undefined` when it is not the one of this hash. */
export function parsePlan(json: string, planHash: string): JobPlan | undefined {
  try {
    const plan = JSON.parse(json) as JobPlan;
    const { planHash: said, dicom: _, ...body } = plan;
    return said === planHash && hashOf(body) === planHash ? plan : undefined;
  } catch {
    return undefined;
  }
}

function hashOf(body: JobPlanBody): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
