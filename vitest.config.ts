import { defineConfig } from 'vitest/config';

/** They use a machine's namespaces, guests and ports: one file at a time. */
const endToEnd = {
  setupFiles: ['scripts/property-seed.ts', 'e2e/agents/leave-no-driver.ts'],
  fileParallelism: false,
  maxConcurrency: 1,
  // Whole clusters on a busy machine: one more try, which vitest's report names.
  retry: 1,
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

/**
 * They run beside the others: they build no cluster on Corosync, or one that mostly waits and of which no time is
 * too long. Either project is to take as long as the other.
 */
const beside = [
  'e2e/{adopt,agents,differ,hostile,local,steady}/**/*.test.ts',
  'e2e/watchdog/**/*.test.ts',
  'e2e/containers/{parameters,runtimes}.test.ts',
  'e2e/machines/{faults,health,vm}.test.ts',
];

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
        extends: true,
        test: { name: 'e2e', include: ['e2e/**/*.test.ts'], exclude: beside, ...endToEnd },
      },
      {
        extends: true,
        test: { name: 'e2e-beside', include: beside, ...endToEnd },
      },
    ],
  },
});
