/** The tests that take minutes: nodes killed many times, services that are away, memory after many requests. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { common } from './vitest.config.ts';

export default defineConfig({
  test: {
    ...common,
    include: ['{shared,src-gpu,src-edge,test}/**/*.endurance.test.ts'],
    maxWorkers: availableParallelism(),
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
});
