import { defineConfig } from 'vitest/config';

// Tests never share the person's home: each file gets its own through test/support/setup.ts.
export default defineConfig({
  test: {
    setupFiles: ['test/support/setup.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'test/golden/**/*.test.ts'], testTimeout: 20_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/cli/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'webview',
          include: ['test/webview/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 180_000,
          // One browser at a time is as much as two cores take.
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'vscode',
          include: ['test/vscode/**/*.test.ts'],
          globalSetup: ['test/support/vscodeHost/globalSetup.ts'],
          // A bound for what hangs: where the machine is slowed to a third, a test of one minute takes three and more.
          testTimeout: 480_000,
          hookTimeout: 600_000,
          // One editor leaves a quarter of two cores idle: two take 6:20 where one after the other takes 7:40.
          maxWorkers: 2,
        },
      },
    ],
  },
});
