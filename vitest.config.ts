import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'checks/**/*.test.ts', 'e2e/**/*.test.ts'],
    restoreMocks: true,
  },
});
