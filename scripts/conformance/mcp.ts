/**
 * @module The official MCP conformance suite: the scenarios that fit any product on our own `/mcp`, and those that call
 * fixtures by name on a test server behind the same transport and key check.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startFixtures } from '../../test/support/mcp-fixtures.js';
import { startKeyProxy } from './mcp-proxy.js';

export interface Line {
  suite: string;
  passed: number;
  failed: number;
  skipped: number;
  note?: string;
}

/** Node 22, and the suite's command line: it does not run on the Node that we run on. */
export interface McpTools {
  node22: string;
  cli: string;
}

/** The suite's own, without fixtures: `logging-set-level` is not among them, because we send no log to a client. */
const OURS = [
  ...['server-initialize', 'ping', 'tools-list', 'resources-list', 'prompts-list'],
  ...['server-sse-multiple-streams', 'dns-rebinding-protection'],
] as const;

const FIXTURES = [
  ...['server-initialize', 'ping', 'logging-set-level', 'completion-complete', 'tools-list'],
  ...['tools-call-simple-text', 'tools-call-image', 'tools-call-audio', 'tools-call-embedded-resource'],
  ...['tools-call-mixed-content', 'tools-call-with-logging', 'tools-call-error', 'tools-call-with-progress'],
  ...['tools-call-sampling', 'tools-call-elicitation', 'elicitation-sep1034-defaults'],
  ...['elicitation-sep1330-enums', 'server-sse-multiple-streams', 'resources-list', 'resources-read-text'],
  ...['resources-read-binary', 'resources-templates-read', 'resources-subscribe', 'resources-unsubscribe'],
  ...['prompts-list', 'prompts-get-simple', 'prompts-get-with-args', 'prompts-get-embedded-resource'],
  ...['prompts-get-with-image', 'dns-rebinding-protection'],
] as const;

const SCENARIO_MS = 30_000;

export async function runMcp(
  ready: { mcp: string; keys: { agent: string } },
  tools: McpTools,
): Promise<Line[]> {
  const fixtures = await startFixtures();
  try {
    return [
      await runSuite('MCP, our /mcp', ready.mcp, ready.keys.agent, OURS, tools),
      await runSuite('MCP, fixtures', fixtures.url, fixtures.key, FIXTURES, tools),
    ];
  } finally {
    await fixtures.close();
  }
}

async function runSuite(
  suite: string,
  url: string,
  key: string,
  scenarios: readonly string[],
  tools: McpTools,
): Promise<Line> {
  const proxy = await startKeyProxy(url, key);
  const line = { suite, passed: 0, failed: 0, skipped: 0 };
  const wrong: string[] = [];
  try {
    for (const scenario of scenarios) {
      const checks = await checksOf(scenario, proxy.url, tools);
      // A warning is no pass: the suite warns where it could not test.
      const failed = checks.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO');
      line.passed += checks.filter(({ status }) => status === 'SUCCESS').length;
      line.failed += checks.length === 0 ? 1 : failed.length;
      wrong.push(
        ...(checks.length === 0 ? [`${scenario}: no result`] : failed.map(({ id }) => `${scenario}: ${id}`)),
      );
    }
  } finally {
    await proxy.close();
  }
  return { ...line, ...(wrong.length > 0 && { note: wrong.join(', ') }) };
}

interface Check {
  id: string;
  status: string;
}

/** From the file that the suite writes: what it prints is for people. */
async function checksOf(scenario: string, url: string, { node22, cli }: McpTools): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mailwarden-mcp-'));
  try {
    const args = [cli, 'server', '--url', url, '--scenario', scenario, '-o', folder];
    // It ends with 1 where a check fails; what it wrote says which.
    await promisify(execFile)(node22, args, { timeout: SCENARIO_MS }).catch(() => undefined);
    const files = await readdir(folder, { recursive: true });
    const found = files.find((name) => name.endsWith('checks.json'));
    return found === undefined ? [] : (JSON.parse(await readFile(join(folder, found), 'utf8')) as Check[]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
