/**
 * The overlay for any page with OpenSeadragon, served as `/viewer/overlay.js`.
 *
 * @module
 */
import type OpenSeadragon from 'openseadragon';
import { type DisplayMode, NucleiOverlay, type ViewSummary } from './overlay/nuclei-overlay.ts';
import { NucleiSource } from './overlay/nuclei-source.ts';

export interface AttachOptions {
  /** Of the job: `https://host/v1/jobs/ID`. */
  readonly url: string;
  /** One of the job's; its first when left out. */
  readonly dataset?: string;
  /** Sent with every request: `{ authorization: 'Bearer KEY' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly mode?: DisplayMode;
  readonly minScore?: number;
  /** Hears how many nuclei of which class the screen shows, when it has come to rest. */
  readonly onView?: (summary: ViewSummary) => void;
  readonly onError?: (error: unknown) => void;
}

/**
 * Draws the nuclei of a job over the first image of a viewer, which must be the job's slide, at full size.
 *
 * @throws {Error} what the service answers when the job is not there, not planned, or of another key.
 * @example
 * const { attachNuclei } = await import('https://host/viewer/overlay.js');
 * const overlay = await attachNuclei(viewer, { url: 'https://host/v1/jobs/ID', headers });
 * overlay.setMinScore(0.5);
 */
export async function attachNuclei(
  viewer: OpenSeadragon.Viewer,
  options: AttachOptions,
): Promise<NucleiOverlay> {
  const { url, headers, onView = () => {}, onError = console.error } = options;
  const source = new NucleiSource(url, async (path, init = {}) => {
    const response = await reach(path, { ...init, headers: { ...headers } });
    if (response.ok) return response;
    const problem = await response.json().catch(() => undefined);
    throw new Error(problem?.detail ?? `${path} answered ${response.status}.`);
  });
  const layout = await source.layout();
  const dataset = options.dataset ?? layout.datasets[0]!.id;
  const overlay = new NucleiOverlay(viewer, layout, {
    source,
    dataset,
    events: { onView, onError },
  });
  if (options.mode !== undefined) overlay.setMode(options.mode);
  if (options.minScore !== undefined) overlay.setMinScore(options.minScore);
  return overlay;
}

/** @throws {Error} that names what may be the reason, where a browser tells a page only that it got nothing. */
async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (cause) {
    const { origin } = new URL(path, location.href);
    if (!(cause instanceof TypeError) || origin === location.origin) throw cause;
    throw new Error(
      `No answer of ${origin} that a page of ${location.origin} may read: the service cannot be reached, or this origin is not in its ALLOWED_ORIGINS.`,
      { cause },
    );
  }
}
