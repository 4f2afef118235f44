/** @module Drafts and batches before real workflows: whatever is repeated, or dies in between, one email goes out. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashKey, makeKey } from '../../src/service/keys-format.js';
import type { ServiceDeps } from '../../src/service/index.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import type { TestStore } from '../support/store.js';
import { startWarden, type Warden } from '../support/warden.js';

let warden: Warden;
let relay: Carrier;
let door: Door;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay], config: { feedback: { window: '0s' } } });
  door = await doorBy(warden.temporal.client);
});
afterAll(() => warden.stop());

/** A door whose calls to Temporal go through this client. */
async function doorBy(client: Client): Promise<Door> {
  const clock = (): Date => new Date();
  const deps: Partial<ServiceDeps> = {
    temporal: { client, taskQueue: warden.taskQueue },
    ...{ ring: warden.ring, clock, deadlines: { update: 20_000 } },
  };
  return await openDoor({ store: warden.store, clock } as unknown as TestStore, { deps });
}

type Start = Client['workflow']['executeUpdateWithStart'];

/** The real client, but for how it starts an email. */
function clientWith(start: (real: Start) => Start): Client {
  const { client } = warden.temporal;
  const workflow = new Proxy(client.workflow, {
    get: (target, name) => {
      if (name === 'executeUpdateWithStart') return start(target.executeUpdateWithStart.bind(target));
      const found: unknown = Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  return new Proxy(client, {
    get: (target, name) => {
      if (name === 'workflow') return workflow;
      const found: unknown = Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

const mail = (): { to: string; subject: string; text: string } => ({
  ...{ to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hello' },
});
const draft = async (at: Door, body: object): Promise<string> =>
  (await at.ask('POST', '/v1/drafts', { body })).body.id;
const submit = (at: Door, id: string, key = at.agent.apiKey): Promise<Answer> =>
  at.ask('POST', `/v1/drafts/${id}/submit`, { key, body: {} });
const wire = ({ subject }: { subject: string }): number =>
  relay.sent.filter((one) => one.subject === subject).length;

test('20 submissions of one draft at once are one email on the wire', async () => {
  const wanted = mail();
  const id = await draft(door, wanted);
  const answers = await Promise.all(Array.from({ length: 20 }, () => submit(door, id)));
  expect(answers.map((one) => one.status)).toEqual(answers.map(() => 202));
  const ids = new Set(answers.map((one) => one.body.id as string));
  expect(ids.size).toBe(1);
  const [email = ''] = ids;
  await warden.until(email, 'sent');
  await warden.temporal.client.workflow.getHandle(email).result();
  expect((await submit(door, id)).body).toMatchObject({ id: email, replayed: true });
  expect((await door.ask('GET', `/v1/drafts/${id}`)).body).toMatchObject({
    ...{ status: 'submitted', messageId: email },
  });
  expect(wire(wanted)).toBe(1);
});

test.each([
  ['before its email was started', false],
  ['after its email was started, its answer lost', true],
])('a draft whose door dies %s is submitted again, as one email', async (_, isStarted) => {
  const dying = await doorBy(
    clientWith(
      (real) =>
        (async (...args: Parameters<Start>) => {
          if (isStarted) await real(...args);
          throw new Error('the process dies here');
        }) as Start,
    ),
  );
  const wanted = mail();
  const id = await draft(dying, wanted);
  expect((await submit(dying, id)).status).toBe(500);
  expect((await dying.ask('GET', `/v1/drafts/${id}`)).body.status).toBe('submitting');

  // Another process, before the same store and org.
  const apiKey = makeKey('live');
  await warden.store.createKey({
    ...{ org: dying.org, hash: hashKey(apiKey), name: 'another', mode: 'live', scopes: ['messages:send'] },
    ...{ principal: { kind: 'person', name: 'another' }, mailboxes: null, madeBy: null },
  });
  const answers = await Promise.all([submit(door, id, apiKey), submit(door, id, apiKey)]);
  const email: string = answers[0].body.id;
  expect(answers.map((one) => [one.status, one.body.id])).toEqual([
    ...[
      [202, email],
      [202, email],
    ],
  ]);
  await warden.until(email, 'sent');
  expect(wire(wanted)).toBe(1);
});

test('a batch whose answer was lost is repeated, and each of its emails goes out once', async () => {
  const wanted = Array.from({ length: 10 }, mail);
  let starts = 0;
  const losing = await doorBy(
    clientWith(
      (real) =>
        (async (...args: Parameters<Start>) => {
          const nth = ++starts;
          const answer = await real(...args);
          if (nth <= 10 && nth % 2 === 0) throw new Error('the answer is lost');
          return answer;
        }) as Start,
    ),
  );
  const send = (): Promise<Answer> =>
    losing.ask('POST', '/v1/messages/batch', {
      ...{ body: { messages: wanted }, headers: { 'Idempotency-Key': 'night' } },
    });
  const first = (await send()).body.items as { ok: boolean; id?: string }[];
  expect(first.filter((one) => !one.ok)).toHaveLength(5);
  const again = (await send()).body.items as { ok: boolean; id: string }[];
  expect(again.every((one) => one.ok)).toBe(true);
  first.forEach((one, i) => {
    if (one.ok) expect(again[i]?.id).toBe(one.id);
  });
  for (const { id } of again) await warden.until(id, 'sent');
  expect(wanted.map(wire)).toEqual(wanted.map(() => 1));
});
