import { installProvider } from '../engine/provider/install.ts';
import { PROVIDER_PACKAGE } from '../engine/provider/package.ts';

interface GpuProviderOptions {
  readonly archive?: string;
  readonly json?: true;
}

/** `unicell gpu-provider install`: what ONNX Runtime needs for CUDA. Returns what goes to stdout. */
export async function installGpuProvider(
  { archive, json }: GpuProviderOptions,
  signal: AbortSignal,
): Promise<string> {
  const onStep = (sentence: string) => console.error(sentence);
  const { folder, hasChanged } = await installProvider({ archive, onStep, signal });
  const { onnxRuntime, cuda } = PROVIDER_PACKAGE;
  if (json) return JSON.stringify({ folder, hasChanged, onnxRuntime, cuda }, null, 2);
  const what = `The CUDA provider of ONNX Runtime ${onnxRuntime} is in ${folder}`;
  return `${what}${hasChanged ? '' : ' already'}. It needs CUDA ${cuda} and cuDNN 9; \`unicell doctor\` says whether they are there.`;
}
