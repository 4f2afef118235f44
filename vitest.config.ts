/** @module The three kinds of tests, and what each may lean on. They run one kind after the other. */
import { defineConfig } from 'vitest/config';

/** Real PostgreSQL takes seconds to start, so its suite runs beside the Temporal tests. */
const POSTGRES = 'test/store/postgres*.test.ts';

/** Minutes of mostly waiting, so it waits beside the others. */
const OUTAGE = 'test/e2e/outage.test.ts';

export default defineConfig({
  test: {
    // Two cores are what CI has; more workers only make each other late, and one of these mostly waits.
    maxWorkers: 3,
    reporters: ['default', './scripts/closing-line.ts'],
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/temporal/**', 'test/plugin/**', 'test/e2e/**', POSTGRES],
          testTimeout: 30_000,
          // Files share a worker's modules: loading them anew for each file took longer than the tests.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'temporal',
          include: ['test/temporal/**/*.test.ts', 'test/plugin/**/*.test.ts', POSTGRES],
          globalSetup: ['test/support/global-setup.ts'],
          setupFiles: ['test/support/quiet-temporal.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'outage',
          include: [OUTAGE],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: [OUTAGE],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
