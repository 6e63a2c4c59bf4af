/** The tests that need the Python package: they convert the reference checkpoint, which takes minutes. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/official/**/*.test.ts'],
    globalSetup: 'test/official/recorded-run.ts',
    testTimeout: 300_000,
    fileParallelism: false,
  },
});
