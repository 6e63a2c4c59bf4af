/**
 * The libraries that ONNX Runtime's CUDA provider needs of the system, and which of them are missing.
 *
 * @module
 */

/** A shared library that CUDA machines have. */
export interface SystemLibrary {
  readonly name: string;
  /** What brings it. */
  readonly source: string;
}

/**
 * What the pinned provider (`package.ts`) names in its ELF header, and cuDNN, which it opens when it runs its
 * first convolution.
 */
export const CUDA_LIBRARIES: readonly SystemLibrary[] = [
  {
    name: 'libcuda.so.1',
    source:
      'the NVIDIA driver, 580 or newer; in a container, start it with `docker run --gpus all`',
  },
  { name: 'libcudart.so.13', source: 'CUDA 13: apt cuda-cudart-13-0, pip nvidia-cuda-runtime' },
  { name: 'libcublas.so.13', source: 'CUDA 13: apt libcublas-13-0, pip nvidia-cublas' },
  { name: 'libcublasLt.so.13', source: 'CUDA 13: apt libcublas-13-0, pip nvidia-cublas' },
  { name: 'libcurand.so.10', source: 'CUDA 13: apt libcurand-13-0, pip nvidia-curand' },
  { name: 'libcudnn.so.9', source: 'cuDNN 9: apt libcudnn9-cuda-13, pip nvidia-cudnn-cu13' },
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
