/**
 * One view of the slide with the reading of one dataset over it.
 *
 * @module
 */
import OpenSeadragon from 'openseadragon';
import type { PointsLayout } from '../../../api/viewer/viewer-schemas.ts';
import { DEEP_ZOOM_TILE_PX, lastLevel } from '../../../viewer/deep-zoom.ts';
import type { Service } from '../../pages/service.ts';
import { NucleiOverlay, type OverlayEvents } from '../overlay/nuclei-overlay.ts';
import { NucleiSource } from '../overlay/nuclei-source.ts';
import { drawScaleBar } from './scale-bar.ts';

/** Slide pixels become this many screen pixels, and no more. */
const MOST_ZOOM = 4;

export interface SlideSize {
  readonly width: number;
  readonly height: number;
}

export class SlidePane {
  readonly viewer: OpenSeadragon.Viewer;
  readonly element: HTMLElement;
  overlay: NucleiOverlay | undefined;
  readonly #service: Service;
  readonly #jobPath: string;
  #mpp: number | undefined;

  constructor(element: HTMLElement, service: Service, jobId: string, size: SlideSize) {
    this.element = element;
    this.#service = service;
    this.#jobPath = `/v1/jobs/${encodeURIComponent(jobId)}`;
    const scaleBar = element.querySelector<HTMLElement>('.scale-bar')!;
    const stage = element.querySelector<HTMLElement>('.stage')!;
    this.viewer = OpenSeadragon({
      element: stage,
      tileSources: {
        ...{ width: size.width, height: size.height, tileSize: DEEP_ZOOM_TILE_PX },
        tileOverlap: 0,
        minLevel: Math.max(0, lastLevel(size) - 16),
        maxLevel: lastLevel(size),
        getTileUrl: (level: number, x: number, y: number) =>
          `${this.#jobPath}/image_files/${level}/${x}_${y}.jpeg`,
      } as OpenSeadragon.TileSourceOptions,
      drawer: 'canvas',
      loadTilesWithAjax: true,
      ajaxHeaders: service.headers,
      imageLoaderLimit: 6,
      showNavigationControl: false,
      showNavigator: false,
      animationTime: 0.4,
      maxZoomPixelRatio: MOST_ZOOM,
      visibilityRatio: 0.3,
      minZoomImageRatio: 0.6,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      placeholderFillStyle: '#f4f2f5',
    });
    this.viewer.canvas.setAttribute('role', 'application');
    this.viewer.canvas.setAttribute(
      'aria-label',
      'Slide. Arrow keys move, plus and minus zoom, 0 shows all.',
    );
    this.viewer.addHandler('update-viewport', () => {
      if (this.#mpp !== undefined) drawScaleBar(scaleBar, this.viewer, this.#mpp);
    });
  }

  /** Puts the nuclei of a dataset on the slide, or another dataset's. */
  show(layout: PointsLayout, dataset: string, events: OverlayEvents): NucleiOverlay {
    const source = new NucleiSource(this.#jobPath, (path, init) => this.#service.send(path, init));
    this.overlay?.close();
    this.overlay = new NucleiOverlay(this.viewer, layout, { source, dataset, events });
    this.#mpp = layout.image.mpp;
    this.viewer.forceRedraw();
    return this.overlay;
  }

  close(): void {
    this.overlay?.close();
    this.viewer.destroy();
  }
}
