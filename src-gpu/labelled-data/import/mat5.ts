/**
 * Reads MAT-files of level 5, as MATLAB up to `-v7` and scipy write them, compressed or not ("MAT-File
 * Format", The MathWorks). Real numeric arrays can be read; of other arrays
 * the name is known.
 *
 * @module
 */
import { inflateSync } from 'node:zlib';
import { UniCellError } from '../../../shared/errors.ts';
import { MatReader, type MatVariable } from './mat-reader.ts';

/** A label map of 33 million doubles; a compressed variable that promises more is refused. */
const maxVariableBytes = 256 * 1024 * 1024;

const headerBytes = 128;
const miMatrix = 14;
const miCompressed = 15;
const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Reads the variables of a MAT-file.
 *
 * @param path What the file is called, for messages.
 * @returns Variables by name; their values are decoded when they are asked for.
 * @throws {UniCellError} `POINTS_INVALID` for a file of another kind (with the way to convert `-v7.3`), a
 *   truncated or damaged one, and a variable of more than 256 MB.
 */
export function readMat(bytes: Uint8Array, path: string): Map<string, MatVariable> {
  const little = checkHeader(bytes, path);
  const file = new MatReader(bytes, little, path);
  const variables = new Map<string, MatVariable>();
  file.at = headerBytes;
  while (file.left > 0) {
    const element = file.element();
    let matrix = element;
    if (element.type === miCompressed) {
      const inflated = new MatReader(inflate(element.bytes, path, element.start), little, path);
      matrix = inflated.element();
    } else {
      file.skipPadding();
    }
    if (matrix.type !== miMatrix) continue;
    const variable = new MatReader(matrix.bytes, little, path).variable();
    if (variable) variables.set(variable.name, variable);
  }
  return variables;
}

/** @returns Whether numbers are little-endian. */
function checkHeader(bytes: Uint8Array, path: string): boolean {
  const isHdf5 = [0, 512].some((at) => hdf5Signature.every((byte, i) => bytes[at + i] === byte));
  if (isHdf5 || startsWith(bytes, 'MATLAB 7.3')) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${path} is a MAT-file of version 7.3 (HDF5); versions 5 to 7 are read. Convert it in MATLAB with ` +
        "`s = load('OLD.mat'); save('NEW.mat', '-struct', 's', '-v7')`, or in Python with " +
        "`scipy.io.savemat('NEW.mat', mat73.loadmat('OLD.mat'))`.",
    );
  }
  const order = String.fromCharCode(bytes[126] ?? 0, bytes[127] ?? 0);
  if (bytes.length < headerBytes || !startsWith(bytes, 'MATLAB') || !/^(IM|MI)$/.test(order)) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${path} (${bytes.length} bytes) is not a MAT-file of version 5 to 7: its 128-byte header is not there. ` +
        'Fetch it again, or save it with `-v7`.',
    );
  }
  return order === 'IM';
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((char, i) => bytes[i] === char.charCodeAt(0));
}

function inflate(bytes: Uint8Array, path: string, start: number): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: maxVariableBytes });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem =
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `the variable at byte ${start} is larger than ${maxVariableBytes >> 20} MB when it is unpacked.`
        : `the compressed variable at byte ${start} is damaged (${message}). Fetch the file again.`;
    throw new UniCellError('POINTS_INVALID', `${path}: ${problem}`, { cause });
  }
}
