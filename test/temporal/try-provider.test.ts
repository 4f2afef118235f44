/** @module `providers.test`: a real email by the provider that was named and by no other, on the way of every email. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProviderInfo } from '../../src/service/deps.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import { newOrg, type TestStore } from '../support/store.js';
import { startWarden, type Warden } from '../support/warden.js';

let warden: Warden;
let first: Carrier;
let second: Carrier;
let door: Door;

const infoOf = (name: string): ProviderInfo => ({
  ...{ name, type: 'custom', capabilities: { envelope: true, dedupesFor: 0, lookup: 'none' } },
});

async function doorWith(autonomy: 'auto' | 'review_all', serverOrg?: string): Promise<Door> {
  const org = newOrg();
  const clock = (): Date => new Date();
  return await openDoor({ store: warden.store, clock } as unknown as TestStore, {
    mailbox: { autonomy, org },
    deps: {
      temporal: { client: warden.temporal.client, taskQueue: warden.taskQueue },
      ring: warden.ring,
      clock,
      ...{ providers: [infoOf('first'), infoOf('second')], serverOrg: serverOrg ?? org },
    },
  });
}

const ask = (name: string, at = door, key = at.admin.apiKey): Promise<Answer> =>
  at.ask('POST', `/v1/providers/${name}/test`, {
    key,
    body: { to: 'ann@example.com', mailbox: at.mailbox.id },
  });

beforeAll(async () => {
  [first, second] = [carrier('first'), carrier('second')];
  warden = await startWarden({ carriers: [first, second], config: { feedback: { window: '0s' } } });
  door = await doorWith('auto');
});
afterAll(() => warden.stop());

test('the email goes by the provider that was named, whatever the route says, and its answer is shown', async () => {
  const { status, body } = await ask('second');
  expect([status, body.status]).toEqual([200, 'sent']);
  expect(body.attempts).toMatchObject([{ provider: 'second', outcome: 'accepted' }]);
  expect([first.calls, second.sent.map((one) => one.to)]).toEqual([0, [['ann@example.com']]]);
});

test('it never fails over, and each call is another email', async () => {
  const before = first.calls;
  second.answers = [{ outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.2.3' }];
  const { body } = await ask('second');
  expect(body).toMatchObject({
    status: 'failed',
    recipients: [{ reason: 'recipient', smtpStatus: '5.2.3' }],
  });
  expect(first.calls).toBe(before);
  expect((await ask('second')).body.id).not.toBe(body.id);
});

test('where the mailbox wants a person to look, it is held, and nothing goes', async () => {
  const held = await doorWith('review_all');
  const before = second.calls;
  const { body } = await ask('second', held);
  expect(body).toMatchObject({ status: 'held', attempts: [] });
  expect(body.approvalUrl).toContain(body.id);
  expect(second.calls).toBe(before);
});

test('only admins of the org that runs the server may, and only by a provider that is there', async () => {
  const other = await doorWith('auto', 'somebody-else');
  expect((await ask('second', other)).status).toBe(403);
  expect((await ask('second', door, door.agent.apiKey)).status).toBe(403);
  expect((await ask('third')).status).toBe(404);
});
