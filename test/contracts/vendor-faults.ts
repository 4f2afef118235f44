/**
 * @module What the adapter of every HTTP vendor makes of the faults that all of them can have: one suite, run against
 * each fake. What it says is compared with what the vendor has really taken.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../src/providers/provider.js';
import type { VendorUnderTest } from '../support/vendors/under-test.js';
import { aDelivery, aRevision, attachmentOf, blobsOf, permanent, retry, unknown } from './provider.js';

/** More than every buffer between two sockets of one machine. */
const BIG = new Uint8Array(12 * 1024 * 1024).fill(7);
const BIG_REVISION = aRevision({ attachments: [attachmentOf(BIG)] });

/** An email whose end cannot have left while nobody reads its beginning. */
const aBigDelivery = (change: Partial<Delivery> = {}): Delivery =>
  aDelivery({ revision: BIG_REVISION, blobs: blobsOf(BIG), ...change });

/** A lease that ends while the email is on the wire, however long it took to get there. */
function endingLease(): Pick<Delivery, 'signal' | 'beforeWire'> {
  const lease = new AbortController();
  return { signal: lease.signal, beforeWire: () => void setTimeout(() => lease.abort(), 250) };
}

const page = (words: string): string => `<html><body><h1>${words}</h1></body></html>`;

/** Where a vendor has a reason to be another. */
interface Exceptions {
  /** It documents no header about its rate, so nobody reads one. */
  hasRetryAfter?: boolean;
}

export function vendorFaults(
  name: string,
  setUp: () => Promise<VendorUnderTest>,
  { hasRetryAfter = true }: Exceptions = {},
): void {
  describe(`${name} tells what was sent from what was not`, () => {
    let at: VendorUnderTest;
    beforeEach(async () => void (at = await setUp()));
    /** The one recipient's answer, without its index. */
    const send = async (delivery = aDelivery()): Promise<object> => {
      const { recipients, retryAfter } = await at.provider.send(delivery);
      const [{ index, ...answer } = { index: -1 }] = recipients;
      expect([index, recipients.length]).toEqual([0, 1]);
      return { ...answer, ...(retryAfter !== undefined && { retryAfter }) };
    };

    test('a vendor that is not there has sent nothing', async () => {
      await at.fake.stop();
      expect(await send()).toEqual(retry('transient'));
    });

    test('an email whose end never left was not sent, though the connection was reset in its middle', async () => {
      at.fake.faults.push('reset-before-body');
      expect(await send(aBigDelivery())).toEqual(retry('transient'));
      expect(at.fake.taken).toHaveLength(0);
      expect(await send()).toEqual({ outcome: 'accepted' });
      expect(at.fake.taken).toHaveLength(1);
    });

    test('an email whose end never left was not sent, though the lease ended in its middle', async () => {
      at.fake.faults.push({ slowBeforeBody: 5_000 });
      expect(await send(aBigDelivery(endingLease()))).toEqual(retry('timeout'));
      expect(at.fake.taken).toHaveLength(0);
    });

    test.each([
      ['reset after all of it was read', 'reset-after-body', 1],
      ['reset at its head: it looks just the same', 'reset-before-body', 0],
      ['answered only after the lease', { slow: 5_000 }, 1],
      ['never read, as far as anybody can know', { slowBeforeBody: 5_000 }, 0],
    ] as const)('a small email is unknown where the connection was %s', async (_, fault, taken) => {
      at.fake.faults.push(fault);
      expect(await send(aDelivery(endingLease()))).toEqual(unknown);
      expect(at.fake.taken).toHaveLength(taken);
    });

    test.each([
      ['500 as a page', { status: 500, body: page('oops'), taken: true }],
      ['502 as a page', { status: 502, body: page('Bad Gateway') }],
      ['502 as a page, after the email went out', { status: 502, body: page('Bad Gateway'), taken: true }],
      ['503 as a page', { status: 503, body: page('no backend'), taken: true }],
      ['504 as a page', { status: 504, body: page('Gateway Time-out'), taken: true }],
      ['500 as JSON', { status: 500, body: { message: 'x' }, taken: true }],
      ['500 as JSON that says nothing', { status: 500, body: {}, taken: true }],
      ['200 with a page', { status: 200, body: page('Welcome to this hotel'), taken: true }],
      ['200 with a word', { status: 200, body: 'OK', taken: true }],
      ['200 with nothing', { status: 200, taken: true }],
      ['200 with JSON of somebody else', { status: 200, body: { ok: true }, taken: true }],
      ['200 with JSON that says nothing', { status: 200, body: {}, taken: true }],
      ['200 with a list', { status: 200, body: [1], taken: true }],
      ['202 without an id', { status: 202, body: {}, taken: true }],
      ['302 to a page', { status: 302, headers: { location: '/login' }, taken: true }],
      ['302 to another host', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ])('%s is unknown, and nobody asks again', async (_, fault) => {
      at.fake.faults.push(fault);
      expect(await send()).toEqual(unknown);
      expect(at.fake.requests).toHaveLength(1);
    });

    test('429 is too fast, for as long as Retry-After says', async () => {
      const body = page('slow down');
      at.fake.faults.push({ status: 429, headers: { 'retry-after': '7' }, body }, { status: 429, body });
      expect(await send()).toEqual(retry('rate', hasRetryAfter ? { retryAfter: 7_000 } : {}));
      expect(await send()).toEqual(retry('rate'));
      expect(at.fake.taken).toHaveLength(0);
    });

    test('403 as a page is a firewall, and nothing was sent', async () => {
      at.fake.faults.push({ status: 403, body: page('Forbidden') });
      expect(await send()).toEqual(permanent('config'));
    });

    test('after each of them the next email goes out as if nothing had been', async () => {
      const faults = [
        'reset-after-body',
        { status: 502, body: page('Bad Gateway') },
        { status: 200, body: {} },
      ] as const;
      for (const fault of faults) {
        at.fake.faults.push(fault);
        await send();
        const delivery = aDelivery({ id: 'msg_next', key: `next.${at.fake.requests.length}` });
        expect(await send(delivery)).toEqual({ outcome: 'accepted' });
      }
    });

    test('a connection that was lost is logged once', async () => {
      at.fake.faults.push('reset-after-body');
      await send();
      expect(at.logged().split('\n')).toHaveLength(1);
      expect(at.logged()).not.toMatch(/@|Hello/u);
      for (const secret of at.secrets) expect(at.logged()).not.toContain(secret);
    });

    test('a log line has codes, and no address, text or credential', async () => {
      for (const status of [400, 401, 403, 422, 429, 500]) {
        const message = 'delivered@sandbox.test is not welcome here';
        at.fake.faults.push({ status, body: { message, Message: message, errors: [{ message }] } });
        await send();
      }
      at.fake.faults.push('reset-after-body');
      await send();
      expect(at.logged()).not.toBe('');
      expect(at.logged()).not.toMatch(/@sandbox|welcome|Hello/u);
      for (const secret of at.secrets) expect(at.logged()).not.toContain(secret);
    });

    test('the check reaches the vendor and sends nothing', async () => {
      await at.provider.check?.();
      expect([at.fake.requests.length, at.fake.taken.length]).toEqual([1, 0]);
      await at.fake.stop();
      await expect(at.provider.check?.()).rejects.toThrow(/no answer/u);
    });
  });
}
