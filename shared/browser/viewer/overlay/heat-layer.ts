/**
 * How densely nuclei lie, as one image over the slide.
 *
 * @module
 */
import { TILE_CELLS } from '../../../viewer/point-grid.ts';
import { linkProgram, type Program } from './gl.ts';
import type { Place } from './view.ts';
import { screenPlace, type View } from './view.ts';

/**
 * From few to many: dark to light, so that any colour vision reads it. After viridis, by S. van der Walt and
 * N. Smith (CC0).
 */
const STOPS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

const VERTEX = `
in vec2 corner;
uniform vec2 origin, right, down;
out vec2 at;
void main() {
  at = corner;
  gl_Position = vec4(origin + right * corner.x + down * corner.y, 0.0, 1.0);
}`;

const FRAGMENT = `
in vec2 at;
uniform sampler2D picture;
out vec4 colour;
void main() { colour = texture(picture, at); }`;

/** Cells of some tiles of a level, as one field. */
export interface HeatField {
  /** Upper left corner on the slide, and the side of a cell. */
  readonly x: number;
  readonly y: number;
  readonly cellPx: number;
  readonly columns: number;
  readonly rows: number;
  /** Nuclei per cell. */
  readonly values: Float32Array;
}

export class HeatLayer {
  readonly #gl: WebGL2RenderingContext;
  readonly #program: Program;
  readonly #texture: WebGLTexture;
  readonly #vertices: WebGLVertexArrayObject;
  #shown: HeatField | undefined;

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl;
    this.#program = linkProgram(gl, VERTEX, FRAGMENT);
    this.#texture = gl.createTexture();
    this.#vertices = gl.createVertexArray();
    gl.bindVertexArray(this.#vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    const corner = gl.getAttribLocation(this.#program.program, 'corner');
    gl.enableVertexAttribArray(corner);
    gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
    gl.bindVertexArray(null);
  }

  /** @param most Nuclei per cell at the light end. */
  show(field: HeatField, most: number): void {
    const gl = this.#gl;
    this.#shown = field;
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    const { columns, rows } = field;
    const texels = texelsOf(field, most);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, columns, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, texels);
    for (const [name, value] of [
      [gl.TEXTURE_MIN_FILTER, gl.LINEAR],
      [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
      [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
      [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
    ] as const) {
      gl.texParameteri(gl.TEXTURE_2D, name, value);
    }
  }

  draw(view: View): void {
    if (this.#shown === undefined) return;
    const gl = this.#gl;
    const { program, at } = this.#program;
    const { x, y, cellPx, columns, rows } = this.#shown;
    const { width, height } = view;
    const corner = screenPlace(view, { x, y });
    const clip = (name: string, { x: dx, y: dy }: Place, length: number) =>
      gl.uniform2f(at(name), (dx * length * 2) / width, (-dy * length * 2) / height);
    gl.useProgram(program);
    gl.uniform2f(at('origin'), (corner.x * 2) / width - 1, 1 - (corner.y * 2) / height);
    clip('right', view.right, cellPx * columns);
    clip('down', view.down, cellPx * rows);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#texture);
    gl.uniform1i(at('picture'), 0);
    gl.bindVertexArray(this.#vertices);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.bindVertexArray(null);
  }
}

/** The field of tiles, each a square of cells. */
export function heatField(
  tiles: readonly { readonly column: number; readonly row: number; readonly cells: Float32Array }[],
  cellPx: number,
): HeatField {
  const [columnOf, rowOf] = [tiles.map(({ column }) => column), tiles.map(({ row }) => row)];
  const [left, top] = [Math.min(...columnOf), Math.min(...rowOf)];
  const columns = (Math.max(...columnOf) - left + 1) * TILE_CELLS;
  const rows = (Math.max(...rowOf) - top + 1) * TILE_CELLS;
  const values = new Float32Array(columns * rows);
  for (const { column, row, cells } of tiles) {
    const start = (row - top) * TILE_CELLS * columns + (column - left) * TILE_CELLS;
    for (let line = 0; line < TILE_CELLS; line++) {
      const part = cells.subarray(line * TILE_CELLS, (line + 1) * TILE_CELLS);
      values.set(part, start + line * columns);
    }
  }
  const side = cellPx * TILE_CELLS;
  return {
    x: left * side,
    y: top * side,
    cellPx,
    columns,
    rows,
    values: smoothed(values, columns),
  };
}

/** The value that 99 of 100 cells with nuclei do not exceed: one crowded cell does not darken all others. */
export function highValue({ values }: HeatField): number {
  const there = values.filter((value) => value > 0).sort();
  return there.length === 0 ? 1 : Math.max(1, there[Math.floor(there.length * 0.99)]!);
}

/** A colour of the scale, `t` from 0 to 1, as red, green and blue from 0 to 255. */
export function heatColour(t: number): [number, number, number] {
  const place = Math.max(0, Math.min(1, t)) * (STOPS.length - 1);
  const from = STOPS[Math.floor(place)]!;
  const to = STOPS[Math.ceil(place)]!;
  const part = place % 1;
  return [0, 1, 2].map((i) => from[i]! + (to[i]! - from[i]!) * part) as [number, number, number];
}

/** Premultiplied, and clear where there is nothing. */
function texelsOf({ values }: HeatField, most: number): Uint8Array {
  const texels = new Uint8Array(values.length * 4);
  for (const [i, value] of values.entries()) {
    if (value <= 0) continue;
    const t = Math.min(1, value / most);
    const opacity = Math.min(1, t * 6) * (0.45 + 0.3 * t);
    const [r, g, b] = heatColour(t);
    texels.set([r * opacity, g * opacity, b * opacity, 255 * opacity], i * 4);
  }
  return texels;
}

/** Binomial weights over 3 x 3 cells, rows after columns. */
function smoothed(values: Float32Array, columns: number): Float32Array {
  const across = values.map((value, i) => {
    const column = i % columns;
    const left = column > 0 ? values[i - 1]! : value;
    const right = column < columns - 1 ? values[i + 1]! : value;
    return (left + 2 * value + right) / 4;
  });
  return across.map((value, i) => {
    const above = across[i - columns] ?? value;
    const below = across[i + columns] ?? value;
    return (above + 2 * value + below) / 4;
  });
}
