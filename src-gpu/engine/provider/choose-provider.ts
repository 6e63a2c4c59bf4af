/**
 * Which execution provider runs the model on this machine.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UniCellError } from '../../../shared/errors.ts';
import type { Provider } from '../native-engine.ts';
import { CUDA_LIBRARIES, missingLibraries, openFailure } from './libraries.ts';
import { BINARY_FOLDER, ONNX_RUNTIME_VERSION, PROVIDER_PACKAGE } from './package.ts';
import type { ProviderChoice } from './provider-choice.ts';

/** What the model may run on, best first. */
export interface ProviderPlan {
  readonly provider: Provider;
  /** Why not a better one. */
  readonly note: string | undefined;
}

/**
 * @throws {UniCellError} `CONFIGURATION_INVALID` when CUDA was asked for and cannot run here; the message names
 *   every library that is missing and how to get it.
 */
export function chooseProvider(choice: ProviderChoice): ProviderPlan {
  if (choice === 'cpu') return { provider: 'cpu', note: undefined };
  const [problem] = cudaProblems();
  if (problem === undefined) return { provider: 'cuda', note: undefined };
  if (choice === 'cuda') throw cudaUnavailable(cudaProblems().join(' '));
  return { provider: 'cpu', note: `The model runs on the CPU. ${problem}` };
}

/** The error of a machine that was told to use CUDA and cannot. */
export function cudaUnavailable(why: string, cause?: unknown): UniCellError {
  return new UniCellError(
    'CONFIGURATION_INVALID',
    `CUDA was asked for and cannot run here. ${why} \`unicell doctor\` checks again; --ep cpu (EXECUTION_PROVIDER=cpu) runs without.`,
    { cause },
  );
}

/** What keeps CUDA from running on this machine, in full sentences; empty when it should. */
export function cudaProblems(): readonly string[] {
  if (`${process.platform} ${process.arch}` !== 'linux x64') {
    return [`CUDA runs on Linux x64; this is ${process.platform} ${process.arch}.`];
  }
  const missing = missingLibraries(CUDA_LIBRARIES);
  const problems = missing.map(
    ({ name, source }) => `${name} is missing; it comes with ${source}.`,
  );
  if (missing.length > 0) {
    problems.push('Libraries in a folder of their own are found when LD_LIBRARY_PATH names it.');
  }
  const provider = join(BINARY_FOLDER, PROVIDER_PACKAGE.files[0].name);
  if (!existsSync(provider)) {
    problems.push(
      `${provider} is missing: the CUDA provider of ONNX Runtime ${ONNX_RUNTIME_VERSION}. Fetch it with \`unicell gpu-provider install\`.`,
    );
  }
  if (problems.length > 0) return problems;
  const failure = openFailure(provider);
  return failure === undefined ? [] : [`The CUDA provider cannot be opened: ${failure}.`];
}
