/** @module Clients for tests: before a door in process, or before answers that a test lists. */
import { createClient, type ClientOptions, type MailwardenClient } from '../../src/client.js';
import type { Door } from './door.js';

/** A client whose requests go to a door in process. */
export const clientOf = (
  door: Pick<Door, 'fetch' | 'agent'>,
  apiKey = door.agent.apiKey,
  over: Partial<ClientOptions> = {},
): MailwardenClient =>
  createClient({
    url: 'http://localhost/',
    apiKey,
    fetch: (url, init) => door.fetch(new Request(url, init)),
    ...over,
  });

/** A client whose requests are answered one after the other by what is listed. */
export function scripted(
  answers: (Response | Error)[],
  over: Partial<ClientOptions> = {},
): { client: MailwardenClient; seen: Request[] } {
  const seen: Request[] = [];
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    seen.push(new Request(url, init));
    const next = answers.shift() ?? new Error('no more answers');
    if (next instanceof Error) throw next;
    return next;
  };
  return {
    seen,
    client: createClient({ url: 'http://x.test', apiKey: 'k', fetch, random: () => 0, ...over }),
  };
}

export const problem = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
  more: object = {},
): Response =>
  new Response(JSON.stringify({ code, detail: 'because', status, ...more }), { status, headers });

export const answer = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status });
