/** @module The development sink: the contract, against a real SMTP server. */
import { expect, test } from 'vitest';
import { createCaptureProvider } from '../../src/providers/smtp/capture.js';
import { signReports } from '../../src/providers/reports.js';
import { providerContract } from '../contracts/provider.js';
import { startSmtpServer } from '../support/smtp.js';

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ok!').toString('base64')}`;

providerContract('capture', async () => {
  const server = await startSmtpServer();
  return {
    provider: createCaptureProvider({ url: server.url, webhookSecret: [secret] }),
    arrived: () => server.received.length,
    secrets: [secret],
    webhook: (report) => {
      const body = new TextEncoder().encode(JSON.stringify(report));
      return { body, headers: new Headers(signReports(secret, body)) };
    },
    stop: () => server.stop(),
  };
});

test('the sink is called capture', () => {
  expect(createCaptureProvider({ url: 'smtp://127.0.0.1:1' }).name).toBe('capture');
});
