/** @module The OpenAPI document under Redocly and Spectral: not one warning. */
import { fileURLToPath } from 'node:url';
import type { Line } from './mcp.js';
import { runCommand } from './run-command.js';
import type { Tools } from './tools.js';

const RULES = fileURLToPath(new URL('spectral.yaml', import.meta.url));
const LINT_MS = 180_000;

/** `document`: path of the file. */
export async function runLints(document: string, { redocly, spectral }: Tools): Promise<Line[]> {
  const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const options = { ms: LINT_MS, env: quiet };
  const [first, second] = await Promise.all([
    runCommand(redocly, ['lint', document, '--format=json'], options),
    runCommand(
      spectral,
      ['lint', document, '--ruleset', RULES, '--format=json', '--fail-severity=hint'],
      options,
    ),
  ]);
  const redoclyFinds = findings(first.output, /\{[^]*\}/u) as { problems?: { message: string }[] } | null;
  const spectralFinds = findings(second.output, /\[[^]*\]/u) as { message: string }[] | null;
  return [
    line('OpenAPI, Redocly', first.code, redoclyFinds?.problems ?? null),
    line('OpenAPI, Spectral', second.code, spectralFinds),
  ];
}

/** The JSON in what a checker said, between words for people. */
function findings(output: string, shape: RegExp): unknown {
  try {
    return JSON.parse(shape.exec(output)?.[0] ?? '');
  } catch {
    return null;
  }
}

/** Without findings that can be read, the checker did not run: that is a failure too. */
function line(suite: string, code: number | null, found: { message: string }[] | null): Line {
  const failed = found === null || (code !== 0 && found.length === 0) ? 1 : found.length;
  const note = found === null ? 'it did not run' : found.map(({ message }) => message).join('; ');
  return {
    suite,
    passed: failed === 0 ? 1 : 0,
    failed,
    skipped: 0,
    ...(failed > 0 && { note: note.slice(0, 500) }),
  };
}
