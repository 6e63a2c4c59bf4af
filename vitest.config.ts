import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'shared/**/*.test.ts',
      'src-gpu/**/*.test.ts',
      'src-edge/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    // vitest.official.config.ts runs these, where the Python package is.
    exclude: [...configDefaults.exclude, 'test/official/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
