/**
 * The libraries that ONNX Runtime's CUDA provider needs of the system, and which of them are missing.
 *
 * @module
 */

/** A shared library that CUDA machines have, and how others get it. */
export interface SystemLibrary {
  readonly name: string;
  /** A full sentence. */
  readonly fix: string;
}

const toolkit = (apt: string, pip: string) =>
  `Install it with CUDA 13 (Debian and Ubuntu: ${apt}; pip: ${pip}) and, if it lies in a folder of its own, name that folder in LD_LIBRARY_PATH.`;

/**
 * What the pinned provider (`package.ts`) names in its ELF header, and cuDNN, which it opens when it runs its
 * first convolution.
 */
export const CUDA_LIBRARIES: readonly SystemLibrary[] = [
  {
    name: 'libcuda.so.1',
    fix: 'It comes with the NVIDIA driver: install driver 580 or newer; in a container, start it with the GPU (docker run --gpus all).',
  },
  { name: 'libcudart.so.13', fix: toolkit('cuda-cudart-13-0', 'nvidia-cuda-runtime') },
  { name: 'libcublas.so.13', fix: toolkit('libcublas-13-0', 'nvidia-cublas') },
  { name: 'libcublasLt.so.13', fix: toolkit('libcublas-13-0', 'nvidia-cublas') },
  { name: 'libcurand.so.10', fix: toolkit('libcurand-13-0', 'nvidia-curand') },
  { name: 'libcudnn.so.9', fix: toolkit('libcudnn9-cuda-13', 'nvidia-cudnn-cu13') },
];

/**
 * Why the dynamic linker cannot open a library, in its own words; `undefined` when it can. It looks where it
 * would look for ONNX Runtime: `LD_LIBRARY_PATH`, the linker's cache, the system's folders.
 *
 * @param library A file name for the linker to find, or a path.
 */
export function openFailure(library: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, library);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // It was opened, and found not to be an add-on of Node, which it need not be.
    return message.startsWith('Module did not self-register') ? undefined : message;
  }
  return undefined;
}

/** Those of the libraries that the dynamic linker does not find. */
export function missingLibraries(libraries: readonly SystemLibrary[]): readonly SystemLibrary[] {
  return libraries.filter(({ name }) => openFailure(name) !== undefined);
}
