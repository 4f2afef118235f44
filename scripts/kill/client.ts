/** @module A client of the API that repeats what got no answer, as a client would. */
import { sleep, type Chance } from './chance.js';

export interface Answer {
  status: number;
  text: string;
  body: Record<string, unknown>;
}

export interface Client {
  /** Asks again until there is an answer that is one; null where there was none by then. */
  ask(
    request: () => Promise<Response>,
    more?: { until?: () => number; onRepeat?: () => void },
  ): Promise<Answer | null>;
  get(key: string, path: string): Promise<Response>;
  post(key: string, path: string, body: object, headers?: Record<string, string>): Promise<Response>;
  /** Bytes that are signed, so that no key is needed. */
  hook(
    path: string,
    body: NonNullable<RequestInit['body']>,
    headers: NonNullable<RequestInit['headers']>,
  ): Promise<Response>;
}

const CALL_MS = 12_000;

export function clientOf({ api }: { api: string }, chance: Chance): Client {
  const call = (path: string, init: RequestInit): Promise<Response> =>
    fetch(`${api}${path}`, { ...init, signal: AbortSignal.timeout(CALL_MS) });
  return {
    async ask(request, { until = () => Infinity, onRepeat } = {}) {
      while (Date.now() < until()) {
        const answer = await request().then(readAnswer, () => null);
        if (answer !== null && answer.status < 500 && answer.status !== 429) return answer;
        onRepeat?.();
        await sleep(chance.between(200, 1_000));
      }
      return null;
    },
    get: (key, path) => call(path, { headers: { authorization: `Bearer ${key}` } }),
    post: (key, path, body, headers) =>
      call(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    hook: (path, body, headers) => call(path, { method: 'POST', headers, body }),
  };
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Record<string, unknown> };
}
