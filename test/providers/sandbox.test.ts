/** @module The sandbox: each address has its outcome, and nothing leaves the process. */
import { describe, expect, test } from 'vitest';
import { recipientsOf } from '../../src/core/email/revision.js';
import { createSandboxProvider } from '../../src/providers/sandbox.js';
import { aDelivery, aRevision, providerContract } from '../contracts/provider.js';

providerContract('sandbox', async () => ({
  provider: createSandboxProvider(),
  arrived: null,
  secrets: [],
  webhook: null,
  stop: async () => undefined,
}));

describe('the sandbox', () => {
  test.each([
    ['delivered', 'accepted', ['delivered']],
    ['bounced', 'accepted', ['bounced hard']],
    ['soft-bounced', 'accepted', ['bounced soft']],
    ['complained', 'accepted', ['delivered', 'complained']],
    ['refused', 'not_sent_permanent', []],
    ['timeout', 'unknown', []],
    ['anyone', 'accepted', ['delivered']],
    ['constructor', 'accepted', ['delivered']],
  ])('gives %s@sandbox.test the outcome %s', async (local, outcome, reported) => {
    for (const address of [
      `${local}@sandbox.test`,
      `${local}+label@sandbox.test`,
      `${local.toUpperCase()}@SANDBOX.TEST`,
    ]) {
      const delivery = aDelivery({ revision: aRevision({ to: [{ address }] }) });
      const provider = createSandboxProvider();
      expect((await provider.send(delivery)).recipients).toMatchObject([{ index: 0, outcome }]);
      const reports = provider.reportsOf?.(delivery) ?? [];
      expect(reports.map((one) => [one.type, one.bounce].filter(Boolean).join(' '))).toEqual(reported);
      expect(reports.every((one) => one.recipient === address)).toBe(true);
    }
  });

  test('delivers to an address of another domain, whatever its local part', async () => {
    const delivery = aDelivery({ revision: aRevision({ to: [{ address: 'bounced@example.com' }] }) });
    const reports = createSandboxProvider().reportsOf?.(delivery) ?? [];
    expect(reports.map((one) => one.type)).toEqual(['delivered']);
  });

  test('a refusal is about the recipient', async () => {
    const delivery = aDelivery({ revision: aRevision({ to: [{ address: 'refused@sandbox.test' }] }) });
    const { recipients } = await createSandboxProvider().send(delivery);
    expect(recipients).toEqual([
      { index: 0, outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.7.1' },
    ]);
  });

  test('each recipient of one message gets an outcome and reports of its own', async () => {
    const revision = aRevision({
      to: [{ address: 'delivered@sandbox.test' }, { address: 'timeout@sandbox.test' }],
      bcc: [{ address: 'complained@sandbox.test' }],
    });
    const delivery = aDelivery({ revision });
    const provider = createSandboxProvider();
    expect((await provider.send(delivery)).recipients.map((one) => one.outcome)).toEqual([
      'accepted',
      'unknown',
      'accepted',
    ]);
    const recipients = recipientsOf(revision).map((one) => one.address);
    expect(
      provider.reportsOf?.(delivery).map((one) => [recipients.indexOf(one.recipient ?? ''), one.type]),
    ).toEqual([
      [0, 'delivered'],
      [2, 'delivered'],
      [2, 'complained'],
    ]);
  });

  test('ids of reports hold no address', () => {
    const reports = createSandboxProvider().reportsOf?.(aDelivery()) ?? [];
    expect(reports.map((one) => one.reportId)).toEqual(['msg_contract:1.1:0:delivered']);
  });
});
