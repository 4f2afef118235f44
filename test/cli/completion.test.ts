/** @module What a shell is told may come next. */
import { expect, test } from 'vitest';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { runCli } from '../support/cli.js';

const after = async (...words: string[]): Promise<string[]> =>
  (await runCli(['complete', '--', ...words])).out.split('\n').filter((one) => one !== '');

test('commands, their verbs, flags and the choices of a flag are completed', async () => {
  expect(await after('app')).toEqual(['approvals']);
  expect(await after('approvals', '')).toEqual(['decide', 'list', 'token', 'help']);
  expect(await after('approvals', 'decide', 'msg_a', '--act')).toEqual(['--action']);
  expect(await after('approvals', 'decide', 'msg_a', '--action', '')).toEqual(['approve', 'reject']);
  expect(await after('list', '--status', 'de')).toEqual(['deferred', 'delivered', 'denied']);
  expect(await after('list', '--ser')).toEqual(['--server']);
  expect(await after('completion', '')).toEqual(['bash', 'zsh', 'fish']);
});

test('after a flag that takes any text nothing is offered, and what asks is not itself offered', async () => {
  expect(await after('send', '--subject', '')).toEqual([]);
  expect(await after('comple')).toEqual(['completion']);
});

test('bash runs the script and gets the words', async () => {
  const { out } = await runCli(['completion', 'bash']);
  const script = `mailwarden() { printf '%s\\n' approvals approve; }
${out}
COMP_WORDS=(mailwarden app); COMP_CWORD=1; _mailwarden; printf '%s ' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script]);
  expect(stdout).toBe('approvals approve ');
});
