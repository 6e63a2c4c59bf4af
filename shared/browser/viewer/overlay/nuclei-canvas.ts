/**
 * The canvas over a slide, and what is drawn on it.
 *
 * @module
 */
import { HeatLayer } from './heat-layer.ts';
import { PointLayer } from './point-layer.ts';
import type { View } from './view.ts';

/** Finer screens show no more, and cost four times as much. */
const MOST_RATIO = 2;

export interface Layers {
  readonly points: PointLayer;
  readonly heat: HeatLayer;
}

export class NucleiCanvas {
  readonly element: HTMLCanvasElement;
  readonly #gl: WebGL2RenderingContext;
  #layers: Layers;

  /**
   * @param onRestored The graphics card has lost everything and can draw again.
   * @throws {Error} where there is no WebGL 2.
   */
  constructor(onRestored: () => void) {
    this.element = document.createElement('canvas');
    this.element.className = 'unicell-overlay';
    this.element.setAttribute('aria-hidden', 'true');
    Object.assign(this.element.style, {
      position: 'absolute',
      inset: '0',
      width: '100%',
      height: '100%',
      pointerEvents: 'none',
    });
    const gl = this.element.getContext('webgl2', {
      antialias: false,
      depth: false,
      stencil: false,
    });
    if (gl === null) {
      throw new Error('This browser has no WebGL 2, which the nuclei are drawn with.');
    }
    this.#gl = gl;
    this.#layers = this.#makeLayers();
    this.element.addEventListener('webglcontextlost', (event) => event.preventDefault());
    this.element.addEventListener('webglcontextrestored', () => {
      this.#layers = this.#makeLayers();
      onRestored();
    });
  }

  get layers(): Layers {
    return this.#layers;
  }

  /** Clears the canvas for a view. @returns Device pixels per CSS pixel. */
  begin({ width, height }: View): number {
    const ratio = Math.min(MOST_RATIO, window.devicePixelRatio || 1);
    const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.element.width !== columns || this.element.height !== rows) {
      this.element.width = columns;
      this.element.height = rows;
    }
    const gl = this.#gl;
    gl.viewport(0, 0, columns, rows);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    return ratio;
  }

  close(): void {
    this.element.remove();
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext();
  }

  #makeLayers(): Layers {
    return { points: new PointLayer(this.#gl), heat: new HeatLayer(this.#gl) };
  }
}
