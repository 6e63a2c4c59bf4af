import '../engine/telemetry.ts';
import { ONNX_RUNTIME_VERSION } from '../engine/provider/package.ts';
import type { Check } from './check.ts';

/** Whether ONNX Runtime's library can be loaded at all: it needs glibc, for instance. */
export const onnxRuntime: Check = {
  id: 'onnx-runtime',
  async run() {
    try {
      await import('onnxruntime-node');
    } catch (error) {
      return {
        status: 'broken',
        detail: `ONNX Runtime cannot be loaded: ${error instanceof Error ? error.message : error}`,
        fix: `Run \`npm ci\`. If that does not help, onnxruntime-node ${ONNX_RUNTIME_VERSION} is not made for this system: it takes Linux with glibc, macOS on Arm and Windows.`,
      };
    }
    return { status: 'ok', detail: `ONNX Runtime ${ONNX_RUNTIME_VERSION} can be loaded.` };
  },
};
