import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    restoreMocks: true,
    setupFiles: ['scripts/property-seed.ts'],
    coverage: {
      include: ['src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/testing/**'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,scenarios,checks,scripts,bench}/**/*.test.ts'],
          exclude: ['checks/fixtures/**'],
          // Speed is shown by benches; a slow machine fails no test.
          testTimeout: 60_000,
        },
      },
      {
        // These own the machine's network namespaces and ports: one file at a time.
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          fileParallelism: false,
          maxConcurrency: 1,
          // Whole clusters on a busy machine: one more try, which vitest's report names.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
