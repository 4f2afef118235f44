/** @module What goes wrong between us and any vendor, scripted at its fake: certain only where nothing can have gone out. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Provider } from '../../src/providers/provider.js';
import { aDelivery, aRevision, sha256 } from '../contracts/provider.js';
import type { Vendor } from './vendors/vendor.js';

export interface VendorUnderTest {
  fake: Vendor;
  provider: Provider;
  /** Fields of warnings. */
  warned: object[];
  /** May show in no warning. */
  secrets: string[];
}

/** More than the kernel takes of a request that nobody reads. */
const BIG = Buffer.alloc(9_000_000, 7);
const big = {
  revision: aRevision({
    attachments: [
      { filename: 'big.bin', contentType: 'application/x-big', size: BIG.length, sha256: sha256(BIG) },
    ],
  }),
  blobs: new Map([[sha256(BIG), BIG]]),
};
const HTML = '<html><body><h1>Bad Gateway</h1></body></html>';
const unknown = { index: 0, outcome: 'unknown' };
const retry = (reason: string): object => ({ index: 0, outcome: 'not_sent_retry', reason });

export function vendorFaults(name: string, start: () => Promise<VendorUnderTest>): void {
  describe(`between us and ${name}`, () => {
    let at: VendorUnderTest | null = null;
    const begin = async (): Promise<VendorUnderTest> => (at = await start());
    afterEach(async () => {
      await at?.provider.close?.();
      await at?.fake.stop().catch(() => undefined);
      at = null;
    });

    test('a reset before the body was read is certainly not sent, and the next call goes well', async () => {
      const { fake, provider } = await begin();
      fake.faults.push('reset-before-body');
      expect((await provider.send(aDelivery(big))).recipients).toEqual([retry('transient')]);
      expect(fake.taken).toHaveLength(0);
      expect((await provider.send(aDelivery())).recipients).toMatchObject([{ outcome: 'accepted' }]);
      expect(fake.taken).toHaveLength(1);
    });

    test('a reset after the body is unknown, and the mail was taken once', async () => {
      const { fake, provider, warned, secrets } = await begin();
      fake.faults.push('reset-after-body');
      expect((await provider.send(aDelivery())).recipients).toEqual([unknown]);
      expect(fake.taken).toHaveLength(1);
      expect(warned).toHaveLength(1);
      expect(JSON.stringify(warned)).not.toMatch(/@|Hello/u);
      for (const secret of secrets) expect(JSON.stringify(warned)).not.toContain(secret);
    });

    test('an answer that comes after the end of the lease is unknown', async () => {
      const { fake, provider } = await begin();
      await provider.check?.();
      fake.faults.push({ slow: 3_000 });
      const signal = AbortSignal.timeout(400);
      expect((await provider.send(aDelivery({ signal }))).recipients).toEqual([unknown]);
      expect(fake.taken).toHaveLength(1);
    });

    test('a body that nobody reads until the lease is over is certainly not sent', async () => {
      const { fake, provider } = await begin();
      await provider.check?.();
      fake.faults.push({ slowBeforeBody: 5_000 });
      const signal = AbortSignal.timeout(1_000);
      expect((await provider.send(aDelivery({ ...big, signal }))).recipients).toEqual([retry('timeout')]);
      expect(fake.taken).toHaveLength(0);
    });

    test('where nobody listens, nothing is sent, and that is certain', async () => {
      const { fake, provider } = await begin();
      await fake.stop();
      expect((await provider.send(aDelivery())).recipients).toEqual([retry('transient')]);
    });

    test.each([
      ['a page of a proxy', { status: 502, body: HTML }],
      ['a time-out of a proxy', { status: 504, body: HTML, taken: true }],
      ['a page instead of a 503', { status: 503, body: HTML, taken: true }],
      ['an error after the mail went out', { status: 500, body: {}, taken: true }],
      ['a success in the words of somebody else', { status: 200, body: 'OK', taken: true }],
      ['a success that says nothing', { status: 200, body: {}, taken: true }],
      ['a success without an id', { status: 202, body: {}, taken: true }],
      ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ])('%s leaves it unknown', async (_, fault) => {
      const { fake, provider } = await begin();
      fake.faults.push(fault);
      expect((await provider.send(aDelivery())).recipients).toEqual([unknown]);
      expect(fake.requests).toHaveLength(1);
    });

    test('the check reaches the vendor and sends nothing', async () => {
      const { fake, provider } = await begin();
      await provider.check?.();
      expect([fake.requests.length, fake.taken.length]).toEqual([1, 0]);
      await fake.stop();
      await expect(provider.check?.()).rejects.toThrow(/no answer/u);
    });
  });
}
