/** @module The same email asked for again: after its workflow closed, after its history is gone, by another way in. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carrier, type Carrier } from '../support/carrier.js';
import { openDoor, type Answer, type Door } from '../support/door.js';
import type { TestStore } from '../support/store.js';
import { startWarden, type Handle, type Warden } from '../support/warden.js';
import { deleteHistory } from '../support/workflow-history.js';

let warden: Warden;
let relay: Carrier;
let door: Door;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay], config: { feedback: { window: '0s' } } });
  const clock = (): Date => new Date();
  // A mailbox that is reached both ways: by this door, and by direct starts.
  door = await openDoor({ store: warden.store, clock } as unknown as TestStore, {
    mailbox: { org: 'default', address: 'both@example.com', directStart: true },
    deps: {
      temporal: { client: warden.temporal.client, taskQueue: warden.taskQueue },
      ring: warden.ring,
      clock,
    },
  });
});
afterAll(() => warden.stop());

interface Mail {
  to: string;
  subject: string;
  text: string;
}
const mail = (): Mail => ({ to: 'ann@example.com', subject: `s ${randomUUID()}`, text: 'hello' });
const wire = ({ subject }: Mail): number => relay.sent.filter((one) => one.subject === subject).length;
const direct = (request: object, id?: string): Promise<Handle> =>
  warden.start({ mailbox: door.mailbox.id, ...request }, id);
const byDoor = (request: object, key?: string): Promise<Answer> =>
  door.ask('POST', `/v1/mailboxes/${door.mailbox.id}/messages`, {
    body: request,
    ...(key !== undefined && { headers: { 'Idempotency-Key': key } }),
  });
const handleOf = (id: string): Handle => warden.temporal.client.workflow.getHandle(id);

test('started twice after close: the second run sends nothing and ends with the stored outcome', async () => {
  const request = mail();
  const first = await direct(request);
  const outcome = await first.result();
  expect(outcome).toMatchObject({ id: first.workflowId, status: 'sent' });
  const before = await warden.store.trace('default', first.workflowId);
  for (const content of [request, mail()]) {
    const again = await direct(content, first.workflowId);
    expect(await again.result()).toEqual(outcome);
    expect(wire(content)).toBe(content === request ? 1 : 0);
  }
  expect(await warden.store.trace('default', first.workflowId)).toEqual(before);
});

test('started twice after close by a door: each answer is the first one', async () => {
  const request = mail();
  const first = await byDoor(request, request.subject);
  await handleOf(first.body.id).result();
  // A plain start is what a door never does, and what anybody with the namespace can.
  const again = await direct({ ...request }, first.body.id);
  expect(await again.result()).toMatchObject({ id: first.body.id, status: 'sent' });
  const answer = await byDoor(request, request.subject);
  expect([answer.status, answer.body.id, answer.body.status]).toEqual([202, first.body.id, 'sent']);
  expect(wire(request)).toBe(1);
});

test('same key after retention, by door: the stored answer, and nothing is sent', async () => {
  const request = mail();
  const key = randomUUID();
  const first = await byDoor(request, key);
  const { id } = first.body;
  await handleOf(id).result();
  await deleteHistory(handleOf(id));
  const again = await byDoor(request, key);
  expect(again.status).toBe(202);
  expect(again.body).toMatchObject({ id, status: 'sent', digest: first.body.digest, replayed: true });
  // The run that found this out has ended with the same outcome.
  expect(await handleOf(id).result()).toMatchObject({ id, status: 'sent' });
  await deleteHistory(handleOf(id));
  const other = await byDoor(mail(), key);
  expect([other.status, other.body.code, other.body.id]).toEqual([409, 'idempotency_conflict', id]);
  expect(wire(request)).toBe(1);
});

test('same key after retention, by direct start: the stored outcome, and nothing is sent', async () => {
  const request = { ...mail(), dedupeKey: randomUUID() };
  const first = await direct(request);
  const outcome = await first.result();
  await deleteHistory(first);
  for (const id of [first.workflowId, undefined])
    expect(await (await direct(request, id)).result()).toEqual(outcome);
  // Without a key the workflow id is the key.
  const keyless = mail();
  const named = await direct(keyless);
  const ended = await named.result();
  await deleteHistory(named);
  expect(await (await direct(keyless, named.workflowId)).result()).toEqual(ended);
  expect([wire(request), wire(keyless)]).toEqual([1, 1]);
});

test('same key by door and then by direct start: one email, and the direct start ends with its outcome', async () => {
  const request = mail();
  const key = randomUUID();
  const first = await byDoor(request, key);
  await handleOf(first.body.id).result();
  const second = await direct({ ...request, dedupeKey: key });
  expect(await second.result()).toMatchObject({ id: first.body.id, status: 'sent' });
  expect(wire(request)).toBe(1);
});

test('same key by direct start and then by door: one email, and the door answers with it', async () => {
  const request = mail();
  const key = randomUUID();
  const first = await direct({ ...request, dedupeKey: key });
  await first.result();
  const id = first.workflowId;
  const inBody = await byDoor({ ...request, dedupeKey: key });
  expect([inBody.status, inBody.body.id, inBody.body.status]).toEqual([202, id, 'sent']);
  const inHeader = await byDoor(request, key);
  expect([inHeader.status, inHeader.body.id, inHeader.body.status]).toEqual([202, id, 'sent']);
  expect([inBody.body.contentDiffers, inHeader.body.contentDiffers]).toEqual([undefined, undefined]);
  const other = await byDoor(mail(), key);
  expect([other.status, other.body.code, other.body.id]).toEqual([409, 'idempotency_conflict', id]);
  expect(wire(request)).toBe(1);
});
