/**
 * The elements that a MAT-file of level 5 is made of: a tag of type and size, then the data, padded to 8
 * bytes. An array is an element that holds its flags, dimensions, name and values as further elements.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';

export interface MatVariable {
  readonly name: string;
  readonly dims: readonly number[];
  /**
   * The numbers, column by column.
   *
   * @throws {UniCellError} `POINTS_INVALID` when it holds no real numbers.
   */
  values(): Float64Array;
}

interface Element {
  readonly type: number;
  /** Where its tag stands. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** By `mxCLASS` number. */
const kinds: Readonly<Record<number, string>> = {
  1: 'cell',
  2: 'struct',
  3: 'object',
  4: 'char',
  5: 'sparse',
  6: 'double',
  7: 'single',
  8: 'int8',
  9: 'uint8',
  10: 'int16',
  11: 'uint16',
  12: 'int32',
  13: 'uint32',
  14: 'int64',
  15: 'uint64',
};
const firstNumericKind = 6;
const complexFlag = 0x800;
const mostDims = 32;

type NumberReader = (view: DataView, at: number, little: boolean) => number;

/** Bytes and reader of a number, by `mi` type. An array may be stored in a narrower type than its own. */
const numberTypes: Readonly<Record<number, readonly [size: number, read: NumberReader]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getInt16(at, little)],
  4: [2, (view, at, little) => view.getUint16(at, little)],
  5: [4, (view, at, little) => view.getInt32(at, little)],
  6: [4, (view, at, little) => view.getUint32(at, little)],
  7: [4, (view, at, little) => view.getFloat32(at, little)],
  9: [8, (view, at, little) => view.getFloat64(at, little)],
  12: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  13: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

/** Reads elements one after the other from `at`. */
export class MatReader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #path: string;

  constructor(bytes: Uint8Array, little: boolean, path: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = little;
    this.#path = path;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  element(): Element {
    const start = this.at;
    if (this.left < 8) throw this.#truncated(start, 8);
    let type = this.#view.getUint32(start, this.#little);
    let size = this.#view.getUint32(start + 4, this.#little);
    let data = start + 8;
    // A small element packs up to 4 bytes of data into its tag.
    if (type >>> 16 !== 0) {
      size = type >>> 16;
      type &= 0xffff;
      data = start + 4;
      if (size > 4)
        throw this.#damaged(`the element at byte ${start} has ${size} bytes in its tag`);
      this.at = start + 8;
    } else {
      this.at = data + size;
    }
    if (this.at > this.#bytes.length) throw this.#truncated(data, size);
    return { type, start, bytes: this.#bytes.subarray(data, data + size) };
  }

  /** Elements begin at multiples of 8 bytes, compressed ones excepted. */
  skipPadding(): void {
    this.at = Math.min(Math.ceil(this.at / 8) * 8, this.#bytes.length);
  }

  /** Reads the content of an array element; `undefined` for a function handle or an object, which are no arrays. */
  variable(): MatVariable | undefined {
    const flags = this.#part();
    if (flags.bytes.length !== 8) throw this.#damaged('an array has no flags');
    const [flagBits] = this.#numbers(flags, 'flags') as unknown as [number];
    const kindNumber = flagBits & 0xff;
    const kind = kinds[kindNumber];
    if (!kind) return undefined;
    const dims = [...this.#numbers(this.#part(), 'dimensions')];
    if (dims.length < 2 || dims.length > mostDims || dims.some((size) => size < 0)) {
      throw this.#damaged(`an array has ${dims.length} dimensions, or one below 0`);
    }
    const name = Buffer.from(this.#part().bytes).toString('latin1');
    const isComplex = (flagBits & complexFlag) !== 0;
    const content = kindNumber >= firstNumericKind && !isComplex ? this.#part() : undefined;
    return {
      name,
      dims,
      values: () => {
        if (!content) {
          throw new UniCellError(
            'POINTS_INVALID',
            `${this.#path}: ${name} is a ${isComplex ? 'complex ' : ''}${kind} array; an array of real numbers is needed.`,
          );
        }
        const values = this.#numbers(content, name);
        if (values.length === dims.reduce((product, size) => product * size, 1)) return values;
        throw this.#damaged(`${name} is ${dims.join(' x ')} but holds ${values.length} numbers`);
      },
    };
  }

  #part(): Element {
    const element = this.element();
    this.skipPadding();
    return element;
  }

  #numbers({ type, bytes }: Element, what: string): Float64Array {
    const found = numberTypes[type];
    if (!found) throw this.#damaged(`${what} is stored as type ${type}, which holds no numbers`);
    const [size, read] = found;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float64Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
      read(view, i * size, this.#little),
    );
  }

  #truncated(at: number, size: number): UniCellError {
    return this.#damaged(
      `it is truncated: ${size} bytes are needed at byte ${at} and ${Math.max(0, this.#bytes.length - at)} are left`,
    );
  }

  #damaged(problem: string): UniCellError {
    return new UniCellError('POINTS_INVALID', `${this.#path}: ${problem}. Fetch the file again.`);
  }
}
