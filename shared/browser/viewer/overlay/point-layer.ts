/**
 * Nuclei as rings, drawn from one buffer per tile.
 *
 * @module
 */
import type { Nuclei } from '../../../nuclei/nuclei.ts';
import { linkProgram, type Program, rgbOf } from './gl.ts';
import { screenPlace, type View } from './view.ts';

/** Classes that the shader has colours for. */
const MAX_CLASSES = 64;
/** Bounds of a radius on the screen, in CSS pixels. */
const LEAST_RADIUS_PX = 1.5;
const MOST_RADIUS_PX = 26;

/** Of a nucleus in a buffer: place, score, class, radius. */
const FLOATS = 5;

const VERTEX = `
layout(location = 0) in vec2 place;
layout(location = 1) in float score;
layout(location = 2) in float kind;
layout(location = 3) in float radius;
uniform vec2 origin, right, down;
uniform vec4 clip;
// Device pixels per pixel of the slide; least and largest radius in device pixels.
uniform float scale, lowest;
uniform vec2 bounds;
uniform vec4 colours[${MAX_CLASSES}];
out vec4 shade;
flat out float size;
void main() {
  shade = colours[min(int(kind), ${MAX_CLASSES - 1})];
  bool isShown = shade.a > 0.0 && score >= lowest
    && all(greaterThanEqual(place, clip.xy)) && all(lessThan(place, clip.zw));
  gl_Position = isShown ? vec4(origin + right * place.x + down * place.y, 0.0, 1.0) : vec4(2.0, 2.0, 2.0, 1.0);
  size = ceil(clamp(radius * scale, bounds.x, bounds.y) * 2.0) + 1.0;
  gl_PointSize = size;
}`;

const FRAGMENT = `
in vec4 shade;
flat in float size;
out vec4 colour;
void main() {
  float away = length(gl_PointCoord - 0.5) * size;
  float edge = size * 0.5 - 0.5;
  float inside = clamp(edge + 0.5 - away, 0.0, 1.0);
  if (inside <= 0.0) discard;
  // Small ones are discs, larger ones rings that leave the nucleus to be seen.
  float stroke = max(1.6, size * 0.11);
  float ring = clamp(away - (edge - stroke) + 0.5, 0.0, 1.0);
  float rim = size < 8.0 ? 0.0 : clamp(away - (edge - 0.9) + 0.5, 0.0, 1.0) * 0.55;
  float cover = size < 8.0 ? 0.9 : mix(0.12, 0.95, ring);
  vec3 tone = mix(shade.rgb, vec3(0.05), rim);
  colour = vec4(tone, 1.0) * (cover * inside);
}`;

/** A tile's nuclei where the graphics card can draw them. */
export interface PointBuffer {
  readonly vertices: WebGLVertexArrayObject;
  readonly buffer: WebGLBuffer;
  /** Upper left corner of the tile, which coordinates in the buffer start from. */
  readonly x: number;
  readonly y: number;
}

/** Some nuclei of a buffer, those within a box of the slide. */
export interface PointDraw {
  readonly points: PointBuffer;
  /** The first so many. */
  readonly count: number;
  /** x0, y0, x1, y1. */
  readonly clip: readonly [number, number, number, number];
}

export interface PointStyle {
  /** `#rrggbb` by class. */
  readonly colours: readonly string[];
  readonly classes: readonly boolean[];
  readonly minScore: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

export class PointLayer {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: Program;

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
    this.#program = linkProgram(gl, VERTEX, FRAGMENT);
  }

  /** @param radii Of the rings, in pixels of the slide. */
  upload(
    { x, y, score, class: classes, length }: Nuclei,
    radii: Float32Array,
    left: number,
    top: number,
  ): PointBuffer {
    const gl = this.#gl;
    const rows = new Float32Array(length * FLOATS);
    for (let row = 0; row < length; row++) {
      const at = row * FLOATS;
      rows[at] = x[row]! - left;
      rows[at + 1] = y[row]! - top;
      rows[at + 2] = score[row]!;
      rows[at + 3] = classes[row]!;
      rows[at + 4] = radii[row]!;
    }
    const vertices = gl.createVertexArray();
    const buffer = gl.createBuffer();
    gl.bindVertexArray(vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, rows, gl.STATIC_DRAW);
    for (const [place, floats, offset] of [
      [0, 2, 0],
      [1, 1, 8],
      [2, 1, 12],
      [3, 1, 16],
    ] as const) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, floats, gl.FLOAT, false, 4 * FLOATS, offset);
    }
    gl.bindVertexArray(null);
    return { vertices, buffer, x: left, y: top };
  }

  free({ vertices, buffer }: PointBuffer): void {
    this.#gl.deleteVertexArray(vertices);
    this.#gl.deleteBuffer(buffer);
  }

  draw(draws: readonly PointDraw[], view: View, style: PointStyle): void {
    const gl = this.#gl;
    const { program, at } = this.#program;
    const { width, height, right, down } = view;
    gl.useProgram(program);
    const colours = new Float32Array(MAX_CLASSES * 4);
    for (const [i, colour] of style.colours.slice(0, MAX_CLASSES).entries()) {
      colours.set([...rgbOf(colour), style.classes[i] ? 1 : 0], i * 4);
    }
    gl.uniform4fv(at('colours[0]'), colours);
    gl.uniform1f(at('scale'), Math.hypot(right.x, right.y) * style.ratio);
    gl.uniform2f(at('bounds'), LEAST_RADIUS_PX * style.ratio, MOST_RADIUS_PX * style.ratio);
    gl.uniform1f(at('lowest'), leastFloat(style.minScore));
    gl.uniform2f(at('right'), (right.x * 2) / width, (-right.y * 2) / height);
    gl.uniform2f(at('down'), (down.x * 2) / width, (-down.y * 2) / height);
    for (const { points, count, clip } of draws) {
      const corner = screenPlace(view, points);
      gl.uniform2f(at('origin'), (corner.x * 2) / width - 1, 1 - (corner.y * 2) / height);
      const [x0, y0, x1, y1] = clip;
      gl.uniform4f(at('clip'), x0 - points.x, y0 - points.y, x1 - points.x, y1 - points.y);
      gl.bindVertexArray(points.vertices);
      gl.drawArrays(gl.POINTS, 0, count);
    }
    gl.bindVertexArray(null);
  }
}

/** The least 32-bit float that is not below a number, so that the shader decides as the service does. */
function leastFloat(value: number): number {
  const near = Math.fround(value);
  if (near >= value) return near;
  const bits = new Uint32Array(new Float32Array([near]).buffer);
  bits[0]!++;
  return new Float32Array(bits.buffer)[0]!;
}
