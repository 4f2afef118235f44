import { defineProvider, NotSent, type Provider } from 'mailwarden';

/**
 * The mail gateway inside our company: it takes MIME, and for a day it answers a key that it has seen as the first time.
 * `secret`: `whsec_…`, which signs its reports to /v1/hooks/gateway.
 */
export const createGateway = (url: string, secret: string): Provider =>
  defineProvider({
    name: 'gateway',
    capabilities: { envelope: true, dedupesFor: 24 * 3_600_000 },
    webhookSecret: secret,

    // Whatever goes wrong in here, nothing was sent: the email comes again, or goes to the next provider.
    async prepare({ mime, recipients, from }) {
      const to = recipients.map((one) => one.address);
      return JSON.stringify({ from: from.address, to, mime: (await mime()).toString('base64') });
    },

    async send({ key, signal }, body) {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const response = await fetch(`${url}/mail`, { method: 'POST', headers, body, signal });
      if (response.status === 429) throw new NotSent('rate', { retryAfter: 10_000 });
      if (response.status === 401) throw new NotSent('config');
      if (response.status === 422) throw new NotSent('content');
      // Everything else that is thrown, a time-out of fetch among it, says that nobody knows.
      if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
      const { id } = (await response.json()) as { id: string };
      return { id };
    },

    async check() {
      const { ok, status } = await fetch(`${url}/health`);
      if (!ok) throw new Error(`the gateway answered ${status}`);
    },
  });
