/** @module Sealed starts through a real Temporal: `seal` of the package, rotation of keys, and bad seals. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyRing, seal, SealError, type KeyRing, type Problem } from '../../src/index.js';
import { seal as sealFor } from '../../src/seal.js';
import { ARGUMENT_BUDGET } from '../../src/seal-request.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { readable } from '../support/markers.js';
import { verifies } from '../support/requirements.js';
import { startWarden, type Handle, type Warden } from '../support/warden.js';

const key = (kid: string): string => `${kid}:${randomBytes(32).toString('base64url')}`;
const [older, newer, gone] = [key('k1'), key('k2'), key('k0')];
const ring = (...keys: string[]): KeyRing => keyRing(keys);

let warden: Warden;
let relay: Carrier;
beforeAll(async () => {
  relay = carrier('relay');
  // The workers of a rotation: they have the new key already, and still seal with the old one.
  warden = await startWarden({ carriers: [relay], ring: ring(older, newer) });
});
afterAll(() => warden.stop());

const subjectOf = (): string => `sealed ${randomUUID()}`;
const mail = (more: object = {}) => ({
  mailbox: warden.mailbox.id,
  to: 'ann@example.com',
  subject: subjectOf(),
  text: 'a sealed text',
  ...more,
});
const sent = (subject: string): number => relay.sent.filter((one) => one.subject === subject).length;

const historyOf = async (handle: Handle): Promise<string> => readable(await handle.fetchHistory());

/** It ended by itself, denied for the seal, and no workflow task failed on the way. */
async function expectDenied(handle: Handle): Promise<void> {
  expect(await handle.result()).toMatchObject({
    status: 'denied',
    problem: { code: 'invalid_request', fields: [{ field: 'sealed' }] },
  });
  const history = await handle.fetchHistory();
  expect(history.events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
}

test('a request sealed by the package is sent, and cannot be read in the history', async () => {
  const request = mail({ dedupeKey: 'a-known-key' });
  const argument = await seal(warden.ring, request);
  expect(Object.keys(argument)).toEqual(['mailbox', 'sealed']);
  const handle = await warden.start(argument);
  await warden.until(handle.workflowId, 'sent');
  expect(sent(request.subject)).toBe(1);
  const history = await historyOf(handle);
  expect(history).toContain(argument.sealed);
  for (const text of [request.to, request.subject, request.text, 'a-known-key'])
    expect(history).not.toContain(text);
});

test('a request above the budget says what to do instead, or goes to the store and arrives whole', async () => {
  const request = mail({ text: 'long '.repeat(ARGUMENT_BUDGET / 5) });
  const failed = seal(warden.ring, request);
  await expect(failed).rejects.toThrow(SealError);
  await expect(failed).rejects.toThrow(/door .*\{ store \}/u);
  const argument = await seal(warden.ring, request, { store: warden.store });
  expect(argument.sealed).toMatch(/^blob:[0-9a-f]{64}$/u);
  const handle = await warden.start(argument);
  await warden.until(handle.workflowId, 'sent');
  const stored = await warden.store.message('default', handle.workflowId);
  expect(stored?.content.text).toBe(request.text);
});

test('a request that is not valid is refused before it is sealed, with its fields', async () => {
  const problem = await seal(warden.ring, { ...mail(), body: 'x' } as never).catch((error: unknown) => error);
  expect((problem as Problem).toJSON()).toMatchObject({
    code: 'invalid_request',
    errors: [{ field: 'body', message: 'unknown field; use `text` (and `html`)' }],
  });
});

describe('while keys are rotated', () => {
  test.each([
    ['a door that has only the old key', ring(older)],
    ['a door that seals with the new key', ring(newer, older)],
  ])('workers with both keys open what %s sealed', async (_, doors) => {
    const request = mail();
    const handle = await warden.start(await seal(doors, request));
    await warden.until(handle.workflowId, 'sent');
    expect(sent(request.subject)).toBe(1);
  });

  verifies(
    'input:clear-error',
    'a seal whose key has left the ring ends denied with the reason, once and without a retry',
    async () => {
      const request = mail();
      await expectDenied(await warden.start(await seal(ring(gone), request)));
      expect(sent(request.subject)).toBe(0);
    },
  );
});

describe('a seal that cannot be opened ends denied, never in a loop:', () => {
  test.each<[string, (genuine: string) => string | Promise<string>]>([
    ['damaged in its content', (seal) => seal.replace(/\.([^.]+)$/u, '.AAAAAAAAAAAAAAAAAAAAAA')],
    ['cut off', (seal) => seal.slice(0, seal.length / 2)],
    ['of a stranger who uses the name of our key', () => foreign()],
    ['made for a decision', () => sealFor(ring(older), 'decision', { request: mail() })],
    ['empty', () => ''],
    ['a reference to nothing', () => `blob:${'0'.repeat(64)}`],
    ['a reference without a name', () => 'blob:'],
    ['a reference to a text with NUL', () => 'blob:a\u0000b'],
  ])('%s', async (_, damage) => {
    const { sealed } = await seal(ring(older), mail());
    const before = relay.calls;
    await expectDenied(await warden.start({ sealed: await damage(sealed) }));
    expect(relay.calls).toBe(before);
  });

  const foreign = async (): Promise<string> =>
    (await seal(keyRing([`k1:${randomBytes(32).toString('base64url')}`]), mail())).sealed;
});

verifies(
  'approval:fail-closed/sealed',
  'a decision under a key that left the ring is refused, and the email waits on for a genuine one',
  async () => {
    const held = await warden.store.createMailbox(
      { org: 'default', address: 'held@sealing.test', autonomy: 'review_all', directStart: true },
      'test',
    );
    if (held === 'exists') throw new Error('the mailbox exists');
    const handle = await warden.start(await seal(ring(older), mail({ mailbox: held.id })));
    await warden.until(handle.workflowId, 'held');
    const { digest } = (await warden.store.view(handle.workflowId)) ?? { digest: '' };
    const decision = { id: handle.workflowId, action: 'approve', digest, by: 'prn_rita', key: 'key_rita' };
    const decide = async (keys: KeyRing): Promise<unknown> =>
      await handle.executeUpdate('decide', { args: [{ sealed: await sealFor(keys, 'decision', decision) }] });
    expect(await decide(ring(gone))).toMatchObject({ result: 'invalid_seal', view: { status: 'held' } });
    const noName = { sealed: 'blob:a\u0000b' };
    expect(await handle.executeUpdate('decide', { args: [noName] })).toMatchObject({
      result: 'invalid_seal',
    });
    expect(await decide(ring(newer, older))).toMatchObject({ result: 'applied' });
    await warden.until(handle.workflowId, 'sent');
  },
);
