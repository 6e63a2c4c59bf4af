/**
 * What the header of a JPEG 2000 codestream promises (ISO/IEC 15444-1, annex A).
 *
 * @module
 */
import type { Size } from '../../../shared/image/source.ts';

export interface Codestream extends Size {
  readonly components: number;
  /** Whether a component has fewer samples than the image has pixels. */
  readonly isSubsampled: boolean;
  /** Whether its decoder turns luma and chromas into RGB by itself (COD segment, annex A.6.1). */
  readonly hasColourTransform: boolean;
}

const SOC_AND_SIZ = 0xff4fff51;
const COD = 0xff52;
const START_OF_TILE = 0xff90;

/** Reads the main header; `undefined` when the bytes are no codestream. */
export function readCodestream(bytes: Uint8Array): Codestream | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 42 || view.getUint32(0) !== SOC_AND_SIZ) return undefined;
  const components = view.getUint16(40);
  if (bytes.length < 42 + 3 * components) return undefined;
  const steps = Array.from({ length: components }, (_, i) => view.getUint16(42 + 3 * i + 1));
  return {
    width: view.getUint32(8) - view.getUint32(16),
    height: view.getUint32(12) - view.getUint32(20),
    components,
    isSubsampled: steps.some((step) => step !== 0x0101),
    hasColourTransform: readColourTransform(view),
  };
}

/** Walks the segments of the main header, which ends where the first tile part begins. */
function readColourTransform(view: DataView): boolean {
  for (let at = 2; at + 9 <= view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === COD) return view.getUint8(at + 8) === 1;
    if (marker === START_OF_TILE) return false;
  }
  return false;
}
