/**
 * Writes small ONNX graphs, so that the tests of the engine need neither Python nor a trained model.
 * Field numbers are those of onnx.proto (IR version 8, operator set 17).
 *
 * @module
 */

/** A protobuf field: a number becomes a varint, text and bytes are length-delimited, a list is a message. */
type Value = number | string | Uint8Array | Field[];
type Field = readonly [number: number, value: Value];

/** A shape with fixed lengths and, by name, free ones. */
type Shape = readonly (number | string)[];

export interface Graph {
  readonly inputs: Readonly<Record<string, { type: 'float32' | 'int64'; shape: Shape }>>;
  readonly outputs: Readonly<Record<string, { type: 'float32'; shape: Shape }>>;
  /** Values of a constant with a `file` lie in that file beside the graph, written by the caller. */
  readonly constants: Readonly<
    Record<string, { data: Float32Array | BigInt64Array; shape: number[]; file?: string }>
  >;
  /** `[operator, inputs, output, integer or integer-list attributes]`, in order of execution. */
  readonly nodes: readonly [string, string[], string, Record<string, number | number[]>?][];
}

const elementType = { float32: 1, int64: 7 };

/** Encodes a graph as an ONNX model file. */
export function encodeOnnx(graph: Graph): Uint8Array {
  const fields: Field[] = [
    ...graph.nodes.map((node): Field => [1, encodeNode(...node)]),
    [2, 'graph'],
    ...Object.entries(graph.constants).map(
      ([name, { data, shape, file }]): Field => [
        5,
        [
          ...shape.map((length): Field => [1, length]),
          [2, elementType[data instanceof Float32Array ? 'float32' : 'int64']],
          [8, name],
          ...encodeValues(data, file),
        ],
      ],
    ),
    ...Object.entries(graph.inputs).map(([name, value]): Field => [11, encodeValue(name, value)]),
    ...Object.entries(graph.outputs).map(([name, value]): Field => [12, encodeValue(name, value)]),
  ];
  return encode([
    [1, 8],
    [7, fields],
    [
      8,
      [
        [1, ''],
        [2, 17],
      ],
    ],
  ]);
}

/** The values themselves, or that they lie in a file from its first byte. */
function encodeValues(data: Float32Array | BigInt64Array, file: string | undefined): Field[] {
  if (file === undefined) {
    return [[9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]];
  }
  const location: Field[] = [
    [1, 'location'],
    [2, file],
  ];
  return [
    [13, location],
    [14, 1],
  ];
}

function encodeNode(
  operator: string,
  inputs: string[],
  output: string,
  attributes: Record<string, number | number[]> = {},
): Field[] {
  return [
    ...inputs.map((input): Field => [1, input]),
    [2, output],
    [4, operator],
    ...Object.entries(attributes).map(([name, value]): Field => {
      const list = Array.isArray(value);
      const values = list ? value.map((item): Field => [8, item]) : [[3, value] as Field];
      return [5, [[1, name], ...values, [20, list ? 7 : 2]]];
    }),
  ];
}

function encodeValue(
  name: string,
  { type, shape }: { type: keyof typeof elementType; shape: Shape },
): Field[] {
  const lengths = shape.map((length): Field => [1, [[typeof length === 'number' ? 1 : 2, length]]]);
  return [
    [1, name],
    [
      2,
      [
        [
          1,
          [
            [1, elementType[type]],
            [2, lengths],
          ],
        ],
      ],
    ],
  ];
}

function encode(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.concat([varint(number << 3), varint(value)]);
      const body =
        typeof value === 'string'
          ? Buffer.from(value)
          : Array.isArray(value)
            ? encode(value)
            : value;
      return Buffer.concat([varint((number << 3) | 2), varint(body.length), body]);
    }),
  );
}

function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.of(...bytes, Number(rest));
}
