/**
 * @module The package as its users get it: packed, installed into an empty project, and used there: as a plugin, with
 * the program of docs/plugin.md, and as a command.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  eventually,
  interrupt,
  runCli,
  startDev,
  temporaryFolder,
  type DevProcess,
} from '../support/processes.js';
import { startSmtpServer } from '../support/smtp.js';
import { temporalBinary } from '../support/temporal-binary.js';
import { startTemporalServer } from '../support/temporal-server.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const run = promisify(execFile);
const folder = temporaryFolder();
const project = join(folder.path, 'project');

interface Manifest {
  version: string;
  devDependencies: Record<string, string>;
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

beforeAll(async () => {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }');
  // The build is there already: packing must not make it again.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder.path], { cwd: ROOT });
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
  const types = `@types/node@${manifest.devDependencies['@types/node'] ?? ''}`;
  const tarball = join(folder.path, `mailwarden-${manifest.version}.tgz`);
  await run('npm', ['install', ...quiet, tarball, types], { cwd: project, timeout: 110_000 });
});
afterAll(() => folder.remove());

test('the program of the docs is type-checked and runs as a plugin: one email per order', async () => {
  for (const file of ['main.ts', 'workflows.ts'])
    copyFileSync(join(ROOT, 'examples/plugin', file), join(project, file));
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, skipLibCheck: true };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'], outDir: 'out' } }),
  );
  await run(process.execPath, [TSC, '-p', project]);

  const temporal = await startTemporalServer(await temporalBinary());
  const smtp = await startSmtpServer();
  try {
    const env = { ...process.env, TEMPORAL_ADDRESS: temporal.address, SMTP_URL: smtp.url };
    const { stdout } = await run(process.execPath, ['out/main.js'], { cwd: project, env, timeout: 60_000 });
    expect(stdout).toBe('sent\n');
    expect(smtp.received.map((one) => one.to)).toEqual([['ann@example.com']]);
    expect(smtp.received[0]?.raw).toContain('Order 4711 should be there on Thursday.');
  } finally {
    await smtp.stop();
    await temporal.stop();
  }
});

test('the installed command starts dev, sends, and the email is received', async () => {
  const command = join(project, 'node_modules/.bin/mailwarden');
  const { stdout } = await run('npx', ['--no-install', 'mailwarden', '--version'], { cwd: project });
  expect(stdout.trim()).toBe(manifest.version);
  const dev: DevProcess = await startDev(join(folder.path, 'data'), [], {}, command);
  try {
    const { api, keys, inbox } = dev.ready;
    const env = { MAILWARDEN_URL: api, MAILWARDEN_API_KEY: keys.agent };
    const mail = ['--to', 'bob@example.com', '--subject', 'Packed', '--text', 'It works.'];
    const sent = runCli(['send', ...mail, '--json'], env, '', command);
    expect(await sent.ended).toBe(0);
    await eventually('received', async () => {
      const received = (await (await fetch(inbox)).json()) as { subject: string }[];
      return received.some((one) => one.subject === 'Packed');
    });
  } finally {
    await interrupt(dev);
  }
});
