/**
 * @module `mailwarden doctor`: what is not well, and how to mend it.
 */
import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import type { Finding } from '../doctor/index.js';
import type { Io } from './io.js';
import { withProgress } from './progress.js';
import { printable, renderJson } from './render.js';
import { environment, readText } from './settings.js';

const MARKS: Readonly<Record<Finding['status'], string>> = {
  ok: '✓',
  warning: '!',
  failed: '✗',
  skipped: '·',
};

export function registerDoctor(program: Command, io: Io): void {
  program
    .command('doctor')
    .description('look at Temporal, database, providers and server, and say how to mend what is not well')
    .option('--json', 'one line of JSON on standard output')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const env = environment(command, io);
      const config = loadConfig(env, readText(io));
      const { diagnose } = await import('../doctor/index.js');
      const { createLog } = await import('../log.js');
      const { openTemporal } = await import('../runtime.js');
      const findings = await withProgress(io, () =>
        diagnose({
          config,
          hasUrl: config.client.url !== loadConfig({}, readText(io)).client.url,
          openTemporal: () => openTemporal(env),
          fetch: io.fetch,
          clock: () => new Date(),
          log: createLog('silent'),
          nodeVersion: process.versions.node,
        }),
      );
      io.stdout(json ? renderJson({ items: findings }) : printable(findings.map(line).join('')));
      const failures = findings.filter(({ status }) => status === 'failed').length;
      if (failures > 0) throw new Error(`${failures} of ${findings.length} checks failed`);
    });
}

const line = ({ check, status, detail, mend }: Finding): string =>
  `${MARKS[status]} ${check.padEnd(20)} ${detail}\n${mend === undefined ? '' : `  ${' '.repeat(20)} → ${mend}\n`}`;
