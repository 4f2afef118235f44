/**
 * @module What the adapter of every HTTP vendor makes of the faults that all of them can have: one suite, run against
 * each fake. What it says is compared with what the vendor has really taken.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery, Provider } from '../../src/providers/provider.js';
import type { Vendor } from '../support/vendors/vendor.js';
import { aDelivery, aRevision, sha256 } from './provider.js';

export interface VendorUnderTest {
  provider: Provider;
  vendor: Vendor;
  /** Everything that was logged. */
  logged: () => string;
  /** Credentials that may not show anywhere. */
  secrets: string[];
}

/** More than every buffer between two sockets of one machine. */
const BIG = new Uint8Array(12 * 1024 * 1024).fill(7);

/** An email whose end cannot have left while nobody reads its beginning. */
function aBigDelivery(change: Partial<Delivery> = {}): Delivery {
  const file = { filename: 'big.bin', contentType: 'application/octet-stream', size: BIG.length };
  const hash = sha256(BIG);
  const revision = aRevision({ attachments: [{ ...file, sha256: hash }] });
  return aDelivery({ revision, blobs: new Map([[hash, BIG]]), ...change });
}

export function vendorFaults(name: string, setUp: () => Promise<VendorUnderTest>): void {
  describe(`${name} tells what was sent from what was not`, () => {
    let at: VendorUnderTest;
    let isStopped = false;
    const stop = async (): Promise<void> => {
      if (!isStopped) await at.vendor.stop();
      isStopped = true;
    };
    beforeEach(async () => {
      at = await setUp();
      isStopped = false;
    });
    afterEach(async () => {
      await at.provider.close?.();
      await stop();
    });
    const send = async (delivery = aDelivery()) => {
      const { recipients, retryAfter } = await at.provider.send(delivery);
      return { ...recipients[0], ...(retryAfter !== undefined && { retryAfter }) };
    };
    const soon = { signal: AbortSignal.timeout(0) };
    beforeEach(() => void (soon.signal = AbortSignal.timeout(150)));

    test('a vendor that is not there has sent nothing', async () => {
      await stop();
      expect(await send()).toEqual({ index: 0, outcome: 'not_sent_retry', reason: 'transient' });
    });

    test('an email whose end never left was not sent, though the connection was reset in its middle', async () => {
      at.vendor.faults.push('reset-before-body');
      expect(await send(aBigDelivery())).toMatchObject({ outcome: 'not_sent_retry', reason: 'transient' });
      expect(at.vendor.taken).toHaveLength(0);
    });

    test('an email whose end never left was not sent, though the lease ended in its middle', async () => {
      at.vendor.faults.push({ slowBeforeBody: 5_000 });
      expect(await send(aBigDelivery(soon))).toMatchObject({ outcome: 'not_sent_retry', reason: 'timeout' });
      expect(at.vendor.taken).toHaveLength(0);
    });

    test.each([
      ['reset after all of it was read', 'reset-after-body', 1],
      ['reset at its head: it looks just the same', 'reset-before-body', 0],
      ['answered only after the lease', { slow: 5_000 }, 1],
      ['never read, as far as anybody can know', { slowBeforeBody: 5_000 }, 0],
    ] as const)('a small email is unknown where the connection was %s', async (_, fault, taken) => {
      at.vendor.faults.push(fault);
      expect(await send(aDelivery(soon))).toEqual({ index: 0, outcome: 'unknown' });
      expect(at.vendor.taken).toHaveLength(taken);
    });

    test.each([
      ['500 as a page', { status: 500, body: '<html>oops</html>', taken: true }],
      ['502 as a page', { status: 502, body: '<html>Bad Gateway</html>', taken: true }],
      ['504 as a page', { status: 504, body: '<html>Gateway Time-out</html>', taken: true }],
      ['500 as JSON', { status: 500, body: { message: 'x' }, taken: true }],
      ['200 with a page', { status: 200, body: '<html>Welcome to this hotel</html>', taken: true }],
      ['200 with nothing', { status: 200, taken: true }],
      ['200 with JSON of somebody else', { status: 200, body: { ok: true }, taken: true }],
      ['200 with a list', { status: 200, body: [1], taken: true }],
      ['302 to a page', { status: 302, headers: { location: '/login' }, taken: true }],
    ])('%s is unknown', async (_, fault) => {
      at.vendor.faults.push(fault);
      expect(await send()).toEqual({ index: 0, outcome: 'unknown' });
    });

    test('429 is too fast, for as long as Retry-After says', async () => {
      at.vendor.faults.push({ status: 429, headers: { 'retry-after': '7' }, body: '<html>slow down</html>' });
      expect(await send()).toEqual({
        index: 0,
        outcome: 'not_sent_retry',
        reason: 'rate',
        retryAfter: 7_000,
      });
      at.vendor.faults.push({ status: 429, body: '<html>slow down</html>' });
      expect(await send()).toEqual({ index: 0, outcome: 'not_sent_retry', reason: 'rate' });
      expect(at.vendor.taken).toHaveLength(0);
    });

    test('403 as a page is a firewall, and nothing was sent', async () => {
      at.vendor.faults.push({ status: 403, body: '<html>Forbidden</html>' });
      const { outcome, reason } = await send();
      expect([outcome?.startsWith('not_sent'), reason]).toEqual([true, 'config']);
    });

    test('after each of them the next email goes out as if nothing had been', async () => {
      const faults = [
        'reset-after-body',
        { status: 502, body: '<html>' },
        { status: 200, body: {} },
      ] as const;
      for (const fault of faults) {
        at.vendor.faults.push(fault);
        await send();
        const delivery = aDelivery({ id: 'msg_next', key: `next.${at.vendor.requests.length}` });
        expect(await send(delivery)).toMatchObject({ outcome: 'accepted' });
      }
    });

    test('a log line has codes, and no address, text or credential', async () => {
      for (const status of [400, 401, 403, 422, 429, 500]) {
        const message = 'delivered@sandbox.test is not welcome here';
        at.vendor.faults.push({ status, body: { message, Message: message, errors: [{ message }] } });
        await send();
      }
      at.vendor.faults.push('reset-after-body');
      await send();
      expect(at.logged()).not.toBe('');
      expect(at.logged()).not.toMatch(/@sandbox|welcome|Hello/u);
      for (const secret of at.secrets) expect(at.logged()).not.toContain(secret);
    });
  });
}
