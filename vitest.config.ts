import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { LengthSequencer } from './test/support/sequencer.ts';

// Tests start the command a few hundred times: it finds its modules compiled.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile', import.meta.url),
);

/** What this configuration and that of the endurance runs share. */
export const common = {
  globalSetup: 'test/support/run-folder.ts',
  // On a machine that has much else to do, too.
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    ...common,
    include: ['{shared,src-gpu,src-edge,test}/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      // vitest.official.config.ts runs these, where the Python package is.
      'test/official/**',
      // vitest.endurance.config.ts runs these.
      '**/*.endurance.test.ts',
    ],
    // Two more than there are processors: many tests wait for a process that they started.
    maxWorkers: availableParallelism() + 2,
    sequence: { sequencer: LengthSequencer },
  },
});
