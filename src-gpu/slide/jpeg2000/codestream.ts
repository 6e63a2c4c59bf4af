/**
 * What the header of a JPEG 2000 codestream promises (ISO/IEC 15444-1, annex A.5.1).
 *
 * @module
 */
import type { Size } from '../../../shared/image/source.ts';

export interface Codestream extends Size {
  readonly components: number;
  /** Whether a component has fewer samples than the picture has pixels. */
  readonly isSubsampled: boolean;
}

const SOC_AND_SIZ = 0xff4fff51;

/** Reads the SIZ segment; `undefined` when the bytes are no codestream. */
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
  };
}
