/**
 * A grid hash that grows: what stands near a point, without comparing all pairs.
 *
 * @module
 */
export class Neighbourhood<T extends { readonly x: number; readonly y: number }> {
  readonly #cellSize: number;
  readonly #cells = new Map<number, T[]>();

  /** @param cellSize At least the distance at which two things can still matter to each other. */
  constructor(cellSize: number) {
    this.#cellSize = cellSize;
  }

  add(item: T): void {
    const key = cellKey(Math.floor(item.x / this.#cellSize), Math.floor(item.y / this.#cellSize));
    const cell = this.#cells.get(key);
    if (cell) cell.push(item);
    else this.#cells.set(key, [item]);
  }

  /** Whether `test` holds for everything within a cell of the point; what lies farther is not asked. */
  every(x: number, y: number, test: (item: T) => boolean): boolean {
    const column = Math.floor(x / this.#cellSize);
    const row = Math.floor(y / this.#cellSize);
    for (let r = row - 1; r <= row + 1; r++) {
      for (let c = column - 1; c <= column + 1; c++) {
        for (const item of this.#cells.get(cellKey(c, r)) ?? []) if (!test(item)) return false;
      }
    }
    return true;
  }
}

function cellKey(column: number, row: number): number {
  return row * 0x100000 + column;
}
