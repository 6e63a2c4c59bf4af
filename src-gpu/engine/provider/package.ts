/**
 * Where ONNX Runtime's CUDA provider comes from. The npm package of ONNX Runtime leaves it to an install
 * script that fetches it from NuGet; this package of the npm registry holds the same files. Everything is
 * pinned: the provider must be of the very version of ONNX Runtime that loads it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const PROVIDER_PACKAGE = {
  name: 'com.github.asus4.onnxruntime.linux-x64-gpu',
  version: '0.4.9',
  bytes: 179_145_956,
  /** Of the archive, as npm states it: base64. */
  sha512:
    'FopIhNE/Ng+v2X65wVc9clPCBCvhvA53Hxo2U0Kf5fGdVsC7iCA+mZ0KLWggcQAj7TIZ6pNidR4AC10g74Xo6w==',
  onnxRuntime: '1.29.0',
  cuda: 13,
  /** Folder of the files in the archive. */
  folder: 'package/Plugins/Linux/x64',
  files: [
    {
      name: 'libonnxruntime_providers_cuda.so',
      sha256: '56cf3254b118ad837ccc4ed8f6d1b23504bbf7ef91b34cbc0b289cb7f10b3037',
    },
    {
      name: 'libonnxruntime_providers_shared.so',
      sha256: 'c6a12593396095f5670160e284c35d1700b7708cf3037b7042e2a5200ccae772',
    },
  ],
} as const;

const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
const root = dirname(dirname(entry));

/** The version of ONNX Runtime that is installed. */
export const ONNX_RUNTIME_VERSION = (
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
).version;

/** The folder of ONNX Runtime's own library, beside which it looks for providers. */
export const BINARY_FOLDER = join(root, 'bin', 'napi-v6', process.platform, process.arch);
