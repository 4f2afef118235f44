/**
 * @module Postmark, by its HTTP API. It takes each request anew, so an unknown outcome is looked up and never sent
 * again; it keeps our Message-ID, and leaves out recipients whom it calls inactive.
 */
import type { Receipt } from '../../core/delivery/receipt.js';
import type { ProviderConfigOf } from '../../provider-config.js';
import { createHttpCaller, type HttpAnswer } from '../vendor/http-call.js';
import type { ProviderDependencies } from '../index.js';
import { postmarkCode, postmarkReceipt } from './answer.js';
import { postmarkEmail } from './email.js';
import { createPostmarkReader } from './hook.js';
import { acceptedIn, searchPaths } from './lookup.js';
import type { Provider } from '../provider.js';

const BASE = 'https://api.postmarkapp.com';
const CHECK_MS = 15_000;

/** `webhookSecret` is `user:password`, as they stand in the webhook's URL. @throws ConfigError where it is not. */
export function createPostmarkProvider(
  config: ProviderConfigOf<'postmark'>,
  { log }: ProviderDependencies,
): Provider {
  const { name, stream, broadcastStream } = config;
  const http = createHttpCaller({ base: config.url ?? BASE });
  const headers = { accept: 'application/json', 'x-postmark-server-token': config.apiKey };

  async function get(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await http.call({ method: 'GET', path, headers, signal });
    if ('failed' in answer) throw new Error(`postmark: no answer (${answer.code})`);
    if (answer.status !== 200)
      throw new Error(`postmark: answered ${answer.status}, code ${postmarkCode(answer) ?? 'none'}`);
    return answer;
  }

  return {
    name,
    capabilities: { envelope: false, dedupesFor: 0, lookup: 'partial' },
    async send(delivery): Promise<Receipt> {
      const { id, recipients, signal, beforeWire } = delivery;
      const outcome = await http.call({
        ...{ method: 'POST', path: '/email', signal, beforeWire },
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(postmarkEmail(delivery, config)),
      });
      if ('failed' in outcome) log?.warn({ id, provider: name, ...outcome }, 'postmark gave no answer');
      else if (outcome.status >= 300)
        log?.warn(
          { id, provider: name, status: outcome.status, code: postmarkCode(outcome) },
          'postmark refused',
        );
      return postmarkReceipt(recipients, outcome);
    },
    readHook: createPostmarkReader(name, config.webhookSecret ?? []),
    async lookup(sought) {
      const paths = searchPaths(sought, [stream, broadcastStream ?? stream]);
      if (paths === null) return null;
      const pages = await Promise.all(paths.map((path) => get(path, sought.signal)));
      return acceptedIn(
        sought,
        pages.map((page) => page.json),
      );
    },
    describe: () => http.host,
    async check() {
      await get('/server', AbortSignal.timeout(CHECK_MS));
    },
    close: async () => http.close(),
  };
}
