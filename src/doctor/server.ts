/** @module Checks of the API that the CLI, the clients and the agents ask. */
import { compareClocks } from './clock.js';
import { failed, ok, reasonOf, skipped, warning, type Finding } from './finding.js';

export interface ServerToCheck {
  url: string;
  apiKey?: string | undefined;
  /** Nobody chose the URL, so that no server need be there. */
  isDefault: boolean;
  fetch: typeof fetch;
  clock: () => Date;
}

const TIMEOUT_MS = 5_000;

export async function checkServer(server: ServerToCheck): Promise<Finding[]> {
  const { url, clock } = server;
  const before = clock();
  let response: Response;
  try {
    response = await ask(server, '/readyz');
  } catch (error) {
    const detail = `no server answers at ${new URL(url).origin}: ${reasonOf(error)}`;
    if (server.isDefault) return [skipped('server', detail)];
    return [
      failed('server', detail, 'start it (mailwarden server, or mailwarden dev), or set MAILWARDEN_URL'),
    ];
  }
  const date = response.headers.get('date');
  const readiness = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const down = Object.keys(readiness).filter((name) => readiness[name] === 'down');
  return [
    response.ok
      ? ok('server', `ready at ${new URL(url).origin}`)
      : failed(
          'server',
          `it is up and not ready: ${down.join(', ') || `HTTP ${response.status}`}`,
          down.length > 0
            ? `it can't reach its ${down.join(' and ')}: see the checks of these, on the machine it runs on`
            : 'MAILWARDEN_URL must name a server of Mailwarden',
        ),
    // A Date header has whole seconds.
    ...(date === null
      ? []
      : [compareClocks('server clock', new Date(Date.parse(date) + 500), before, clock())]),
    await checkKey(server),
  ];
}

async function checkKey(server: ServerToCheck): Promise<Finding> {
  if (server.apiKey === undefined)
    return skipped('api key', 'none is set: MAILWARDEN_API_KEY, or client.apiKey in the file');
  const response = await ask(server, '/v1/whoami', { Authorization: `Bearer ${server.apiKey}` });
  const body = (await response.json().catch(() => ({}))) as { scopes?: string[]; mode?: string };
  if (response.status === 401)
    return failed(
      'api key',
      'the server does not take it: unknown, expired or revoked',
      'make one with `mailwarden keys create`, or the first one with `mailwarden bootstrap`',
    );
  if (!response.ok)
    return warning('api key', `it could not be checked: HTTP ${response.status}`, 'try again');
  return ok('api key', `${body.mode ?? ''} ${body.scopes?.join(', ') ?? ''}`.trim());
}

const ask = (server: ServerToCheck, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  server.fetch(server.url.replace(/\/+$/u, '') + path, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
