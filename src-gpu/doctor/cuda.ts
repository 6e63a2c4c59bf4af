import { cudaProblems } from '../engine/provider/choose-provider.ts';
import { providerFiles } from '../engine/provider/installed.ts';
import { BINARY_FOLDER } from '../engine/provider/package.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import type { Check } from './check.ts';

/** What CUDA needs; broken only where CUDA is asked for. */
export function cuda(wanted: ProviderChoice): Check {
  return {
    id: 'cuda',
    async run() {
      const [problem, ...others] = cudaProblems();
      if (problem === undefined) return installed();
      return {
        status: wanted === 'cuda' ? 'broken' : 'limited',
        detail: 'CUDA cannot be used here; the model runs on the CPU.',
        fix: [problem, ...others].join('\n'),
      };
    },
  };
}

async function installed() {
  const files = await providerFiles(BINARY_FOLDER);
  const foreign = files.filter(({ state }) => state !== 'pinned');
  if (foreign.length === 0) {
    return {
      status: 'ok',
      detail: 'The CUDA provider and all its libraries are there.',
    } as const;
  }
  return {
    status: 'limited',
    detail: `${foreign.map(({ path }) => path).join(', ')}: not the files that UniCell pins.`,
    fix: 'Keep them if you put them there; `unicell gpu-provider install` replaces them.',
  } as const;
}
