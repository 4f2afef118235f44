/**
 * @module What every provider promises: one suite, run for each of them in test/providers.
 */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recipientsOf, type AttachmentRef, type Revision } from '../../src/core/email/revision.js';
import { WebhookRefused, type Delivery, type Provider } from '../../src/providers/provider.js';
import { signReports } from '../../src/providers/reports.js';

/** A provider set up for the suite, and what the far end took. */
export interface ProviderUnderTest {
  provider: Provider;
  /** Messages that left, seen from the far end; null where there is no far end. */
  arrived: (() => number) | null;
  /** Credentials that may not show anywhere. */
  secrets: string[];
  /** A genuine webhook that carries this report, or null where the provider takes none. */
  webhook: ((report: object) => { body: Uint8Array; headers: Headers }) | null;
  stop(): Promise<void>;
}

/** A webhook of one report in our own form, as whoever has the secret signs it. */
export const signedReport =
  (secret: string): NonNullable<ProviderUnderTest['webhook']> =>
  (report) => {
    const body = new TextEncoder().encode(JSON.stringify({ reports: [report] }));
    return { body, headers: new Headers(signReports(secret, body)) };
  };

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A file of a revision that has these bytes. */
export const attachmentOf = (bytes: Uint8Array, change: Partial<AttachmentRef> = {}): AttachmentRef => ({
  filename: 'a.bin',
  contentType: 'application/octet-stream',
  size: bytes.length,
  sha256: sha256(bytes),
  ...change,
});

/** The files of a delivery, each under its hash. */
export const blobsOf = (...files: Uint8Array[]): Delivery['blobs'] =>
  new Map(files.map((bytes) => [sha256(bytes), bytes]));

/** What one recipient is answered, without the index. */
export const retry = (reason: string, rest: object = {}): object => ({
  outcome: 'not_sent_retry',
  reason,
  ...rest,
});
export const permanent = (reason: string, rest: object = {}): object => ({
  outcome: 'not_sent_permanent',
  reason,
  ...rest,
});
export const unknown = { outcome: 'unknown' };

/** A revision with sensible parts; `change` replaces any of them. */
export function aRevision(change: Partial<Revision> = {}): Revision {
  return {
    from: { address: 'agent@sender.example', name: 'An Agent' },
    to: [{ address: 'delivered@sandbox.test' }],
    cc: [],
    bcc: [],
    subject: 'Hello',
    text: 'Hello there.',
    headers: {},
    attachments: [],
    messageId: '<msg-1.1@sender.example>',
    category: 'transactional',
    ...change,
  };
}

/** One call that sends a revision to all of its recipients. */
export function aDelivery(change: Partial<Delivery> = {}): Delivery {
  const revision = change.revision ?? aRevision();
  return {
    id: 'msg_contract',
    revision,
    recipients: recipientsOf(revision),
    blobs: new Map(),
    attempt: '1.1',
    key: 'msg_contract.1.1',
    beforeWire: () => undefined,
    signal: AbortSignal.timeout(5_000),
    ...change,
  };
}

const now = new Date();
const three = aRevision({
  to: [{ address: 'delivered@sandbox.test' }, { address: 'delivered+two@sandbox.test' }],
  bcc: [{ address: 'delivered+three@sandbox.test' }],
});

export function providerContract(name: string, setUp: () => Promise<ProviderUnderTest>): void {
  describe(`${name} keeps the contract of a provider`, () => {
    let at: ProviderUnderTest;
    beforeEach(async () => void (at = await setUp()));
    afterEach(async () => {
      await at.provider.close?.();
      await at.stop();
    });

    test('its name fits into routes, activity types and paths', () => {
      expect(at.provider.name).toMatch(/^[a-z][a-z0-9-]{0,39}$/u);
    });

    test('it answers for every recipient of the call, each under its own index', async () => {
      const receipt = await at.provider.send(aDelivery({ revision: three }));
      expect(receipt.recipients.map((one) => [one.index, one.outcome])).toEqual([
        [0, 'accepted'],
        [1, 'accepted'],
        [2, 'accepted'],
      ]);
      if (at.arrived) expect(at.arrived()).toBe(1);
    });

    test('it sends to the named subset alone where it says that it can', async () => {
      if (!at.provider.capabilities.envelope) return;
      const recipients = recipientsOf(three).slice(1, 2);
      const receipt = await at.provider.send(aDelivery({ revision: three, recipients }));
      expect(receipt.recipients).toMatchObject([{ index: 1, outcome: 'accepted' }]);
    });

    test('it asks once before the content goes out, and nothing has arrived by then', async () => {
      const seen: (number | undefined)[] = [];
      await at.provider.send(aDelivery({ beforeWire: () => void seen.push(at.arrived?.()) }));
      expect(seen).toEqual([at.arrived ? 0 : undefined]);
    });

    test('nothing leaves when the lease is over, and that is certain', async () => {
      const beforeWire = (): void => {
        throw new Error('the lease is over');
      };
      const receipt = await at.provider.send(aDelivery({ revision: three, beforeWire }));
      expect(receipt.recipients.map(({ outcome, reason }) => [outcome, reason])).toEqual(
        Array.from({ length: 3 }, () => ['not_sent_retry', 'transient']),
      );
      if (at.arrived) expect(at.arrived()).toBe(0);
      const next = await at.provider.send(aDelivery());
      expect(next.recipients).toMatchObject([{ outcome: 'accepted' }]);
    });

    test('a call that is aborted before it starts sends nothing', async () => {
      const receipt = await at.provider.send(aDelivery({ signal: AbortSignal.abort() }));
      expect(receipt.recipients).toMatchObject([{ index: 0, outcome: 'not_sent_retry' }]);
      if (at.arrived) expect(at.arrived()).toBe(0);
    });

    test('a receipt holds codes, never an address or a text', async () => {
      const receipt = await at.provider.send(aDelivery({ revision: three }));
      expect(JSON.stringify(receipt)).not.toMatch(/@sandbox|Hello/u);
      for (const one of receipt.recipients)
        expect(one.smtpStatus ?? '250').toMatch(/^(\d{3}|\d\.\d+\.\d+)$/u);
    });

    test('what it knows will be reported is the same each time it is asked, and names this message', async () => {
      const delivery = aDelivery({ revision: three });
      await at.provider.send(delivery);
      const reports = at.provider.reportsOf?.(delivery) ?? [];
      expect(at.provider.reportsOf?.(delivery) ?? []).toEqual(reports);
      expect(new Set(reports.map((one) => one.reportId)).size).toBe(reports.length);
      expect(reports.every((one) => one.message === delivery.id)).toBe(true);
      const next = at.provider.reportsOf?.({ ...delivery, attempt: '2.1' }) ?? [];
      const ids = new Set(reports.map((one) => one.reportId));
      expect(next.some((one) => ids.has(one.reportId))).toBe(false);
    });

    test('a webhook without a signature is refused', async () => {
      const body = new TextEncoder().encode('{"reportId":"1","type":"delivered","message":"msg_contract"}');
      await expect(at.provider.readHook({ body, headers: new Headers(), now })).rejects.toThrow(
        WebhookRefused,
      );
    });

    test('a genuine webhook is read the same way each time, and refused once a byte of it differs', async () => {
      if (at.webhook === null) return;
      const { body, headers } = at.webhook({ reportId: 'r-1', type: 'delivered', message: 'msg_contract' });
      const {
        reports: [report],
      } = await at.provider.readHook({ body, headers, now });
      expect(report).toMatchObject({ reportId: 'r-1', type: 'delivered', message: 'msg_contract' });
      expect((await at.provider.readHook({ body, headers, now })).reports).toEqual([report]);
      const forged = body.map((byte, i) => (i === body.length - 3 ? byte ^ 1 : byte));
      await expect(at.provider.readHook({ body: forged, headers, now })).rejects.toThrow(WebhookRefused);
    });

    test('describing it shows no credentials', () => {
      expect(at.provider.describe()).not.toBe('');
      for (const secret of at.secrets) expect(at.provider.describe()).not.toContain(secret);
    });

    test('closing it twice does no harm', async () => {
      await at.provider.close?.();
      await at.provider.close?.();
    });
  });
}
