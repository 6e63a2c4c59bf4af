/**
 * The picture with a ring around each nucleus, as large as its place on the screen lets it be.
 *
 * @module
 */
import type { DetectionAnswer } from '../../client/client.ts';
import type { Nuclei } from '../../nuclei/nuclei.ts';
import { ringRadii } from '../../nuclei/ring-radii.ts';
import type { Preview } from './chosen-picture.ts';

/** A small picture is enlarged up to that; more shows nothing. */
const MOST_ZOOM = 3;
/** Below this radius in CSS pixels a ring is no ring any more, but a dot. */
const LEAST_RING_PX = 2.2;
const MOST_LINE_PX = 2.2;

interface Found {
  readonly nuclei: Nuclei;
  /** Of the rings, in pixels of the picture. */
  readonly radii: Float32Array;
  readonly classes: DetectionAnswer['datasets'][number]['classes'];
}

export class PictureCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #frame: HTMLElement;
  readonly #hidden = new Set<string>();
  #preview: Preview | undefined;
  #found: Found | undefined;

  /** @param frame What the canvas has to fit into. */
  constructor(canvas: HTMLCanvasElement, frame: HTMLElement) {
    this.#canvas = canvas;
    this.#frame = frame;
    new ResizeObserver(() => this.#draw()).observe(frame);
  }

  /** Shows a picture without nuclei; none leaves the canvas as it is. */
  showPicture(preview: Preview | undefined): void {
    this.#preview?.bitmap.close();
    this.#preview = preview;
    this.#found = undefined;
    this.#hidden.clear();
    this.#draw();
  }

  /** @param nuclei In pixels of the picture. */
  showNuclei(nuclei: Nuclei, classes: Found['classes'], mpp: number): void {
    this.#found = { nuclei, classes, radii: ringRadii(nuclei, classes, { mpp }) };
    this.#draw();
  }

  /** Takes the nuclei away. */
  clearNuclei(): void {
    this.#found = undefined;
    this.#hidden.clear();
    this.#draw();
  }

  /** Shows a class, or hides it. */
  toggle(name: string, isShown: boolean): void {
    if (isShown) this.#hidden.delete(name);
    else this.#hidden.add(name);
    this.#draw();
  }

  #draw(): void {
    const { clientWidth, clientHeight } = this.#frame;
    if (this.#preview === undefined || clientWidth === 0 || clientHeight === 0) return;
    const { bitmap, full } = this.#preview;
    const zoom = Math.min(clientWidth / full.width, clientHeight / full.height, MOST_ZOOM);
    const ratio = window.devicePixelRatio || 1;
    const canvas = this.#canvas;
    canvas.width = Math.max(1, Math.round(full.width * zoom * ratio));
    canvas.height = Math.max(1, Math.round(full.height * zoom * ratio));
    canvas.style.width = `${canvas.width / ratio}px`;
    canvas.style.height = `${canvas.height / ratio}px`;
    const context = canvas.getContext('2d')!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    if (this.#found) this.#drawRings(context, canvas.width / full.width, ratio);
  }

  /** @param scale Device pixels per pixel of the picture. */
  #drawRings(context: CanvasRenderingContext2D, scale: number, ratio: number): void {
    const { nuclei, radii, classes } = this.#found!;
    for (const [index, { name, colour }] of classes.entries()) {
      if (this.#hidden.has(name)) continue;
      const [dots, rings] = [new Path2D(), new Path2D()];
      let widest = 0;
      for (let row = 0; row < nuclei.length; row++) {
        if (nuclei.class[row] !== index) continue;
        const [x, y] = [nuclei.x[row]! * scale, nuclei.y[row]! * scale];
        const radius = radii[row]! * scale;
        const isDot = radius < LEAST_RING_PX * ratio;
        const path = isDot ? dots : rings;
        const drawn = isDot ? Math.max(radius, ratio) : radius;
        widest = Math.max(widest, radius);
        path.moveTo(x + drawn, y);
        path.arc(x, y, drawn, 0, 2 * Math.PI);
      }
      const line = Math.max(1.2 * ratio, Math.min(MOST_LINE_PX * ratio, widest / 4));
      // A dark rim, so that no colour is lost on tissue of its own.
      for (const [style, width] of [
        ['#0008', line + 1.4 * ratio],
        [colour, line],
      ] as const) {
        context.strokeStyle = style;
        context.lineWidth = width;
        context.stroke(rings);
      }
      context.fillStyle = colour;
      context.fill(dots);
    }
  }
}
