/**
 * @module A reporter that ends a run with the one line that CI reads: `N passed, N failed, N skipped`.
 */
import { writeSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export default class ClosingLine implements Reporter {
  /** A run that ends before it could count has failed. */
  #line = '0 passed, 1 failed, 0 skipped';
  #began = false;

  onTestRunStart(): void {
    if (this.#began) return;
    this.#began = true;
    // At the exit of the process, so that nothing (a summary, a teardown) comes after it.
    process.once('exit', () => writeSync(1, `${this.#line}\n`));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
      // A file that could not be loaded, or a hook that failed, has no failed test of its own.
      if (module.state() === 'failed' && count.failed === before) count.failed += 1;
    }
    // A test that never came to an end did not pass.
    this.#line = `${count.passed} passed, ${count.failed + count.pending} failed, ${count.skipped} skipped`;
  }
}
