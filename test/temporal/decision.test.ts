/** @module Held mail: who may release it, what exactly, and until when. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentSchema } from '../../src/core/email/request.js';
import { carrier, type Carrier } from '../support/carrier.js';
import { verifies } from '../support/requirements.js';
import { sendEmail, type SendRequest } from '../../workflows/index.js';
import { mail, startWarden, type Handle, type Warden } from '../support/warden.js';

let warden: Warden;
let relay: Carrier;
beforeAll(async () => {
  relay = carrier('relay');
  warden = await startWarden({ carriers: [relay], mailbox: { autonomy: 'review_all' } });
});
afterAll(() => warden.stop());

const sentWith = (subject: string): number => relay.sent.filter((one) => one.subject === subject).length;

async function held(more: object = {}): Promise<{ handle: Handle; digest: string; subject: string }> {
  const subject = `held ${randomUUID()}`;
  const { handle, answer } = await warden.submit(mail({ subject, ...more }));
  expect(answer.view).toMatchObject({ status: 'held', waitingFor: { reason: 'approval' } });
  return { handle, digest: answer.view?.digest ?? '', subject };
}

test('a signal from the Temporal UI approves, and the email is sent', async () => {
  const { handle, digest, subject } = await held();
  await warden.signal(handle, 'approve', { by: 'alice', digest });
  await warden.until(handle.workflowId, 'sent');
  expect(sentWith(subject)).toBe(1);
});

verifies(
  'approval:exact/edit-voids',
  'a signal without a digest counts at revision 1, and not after an edit',
  async () => {
    const first = await held();
    await warden.signal(first.handle, 'approve', { by: 'alice' });
    await warden.until(first.handle.workflowId, 'sent');

    const edited = await held();
    const content = contentSchema.parse({
      to: 'ann@example.com',
      subject: `edited ${edited.subject}`,
      text: 'other',
    });
    expect(await warden.update(edited.handle, 'revise', { digest: edited.digest, content })).toBe('applied');
    await warden.signal(edited.handle, 'approve', { by: 'alice' });
    await warden.signal(edited.handle, 'approve', { by: 'alice', digest: edited.digest });
    expect(await edited.handle.query('status')).toMatchObject({ status: 'held' });
    const view = await warden.store.view(edited.handle.workflowId);
    expect(view).toMatchObject({ status: 'held', revision: 2 });
    await warden.signal(edited.handle, 'approve', { by: 'alice', digest: view?.digest ?? '' });
    await warden.until(edited.handle.workflowId, 'sent');
    expect(sentWith(edited.subject)).toBe(0);
    expect(sentWith(`edited ${edited.subject}`)).toBe(1);
  },
);

test('a rejection ends the email, and the approval that comes after it changes nothing', async () => {
  const { handle, digest, subject } = await held();
  await warden.signal(handle, 'reject', { by: 'alice', digest, comment: 'no' });
  expect(await handle.result()).toMatchObject({ status: 'rejected' });
  expect(
    (await warden.store.decide({ id: handle.workflowId, action: 'approve', digest, by: 'bob', via: 'door' }))
      .result,
  ).not.toBe('applied');
  expect(sentWith(subject)).toBe(0);
});

test('a door decides by a sealed update, which answers who won', async () => {
  const { handle, digest } = await held();
  expect(await warden.update(handle, 'decide', { action: 'approve', digest: 'another' })).toBe(
    'digest_mismatch',
  );
  expect(await warden.update(handle, 'decide', { action: 'approve', digest })).toBe('applied');
  expect(await warden.update(handle, 'decide', { action: 'reject', digest })).not.toBe('applied');
  await warden.until(handle.workflowId, 'sent');
});

test('an update that no door sealed is refused, and the email stays held', async () => {
  const { handle, digest } = await held();
  const forged = await handle.executeUpdate<{ result: string }, [object]>('decide', {
    args: [{ sealed: `forged.${digest}` }],
  });
  expect(forged.result).toBe('invalid_seal');
  await expect(handle.executeUpdate('decide', { args: [{ by: 'me' }] })).rejects.toThrow();
  expect(await handle.query('status')).toMatchObject({ status: 'held' });
});

verifies('approval:fail-closed/own', 'nobody approves an email of their own', async () => {
  const { handle, digest } = await held();
  await warden.signal(handle, 'approve', { by: 'temporal:default', digest });
  expect(await warden.update(handle, 'decide', { action: 'approve', digest, by: 'temporal:default' })).toBe(
    'own_decision',
  );
  expect(await handle.query('status')).toMatchObject({ status: 'held' });
});

verifies('approval:fail-closed', 'junk in a signal neither decides nor wedges the workflow', async () => {
  const { handle, digest } = await held();
  for (const junk of [null, 7, 'yes', [], { by: '' }, { by: 'x'.repeat(10_000) }, { digest }])
    await handle.signal('approve', junk as never);
  expect(await handle.query('status')).toMatchObject({ status: 'held' });
  await warden.signal(handle, 'approve', { by: 'alice', digest });
  await warden.until(handle.workflowId, 'sent');
});

verifies(
  'approval:fail-closed/deadline',
  'the deadline rejects: the email expires and is never sent',
  async () => {
    const impatient = await warden.store.createMailbox(
      {
        org: 'default',
        address: `q-${randomUUID()}@example.com`,
        directStart: true,
        policy: { approvalMinutes: 0.005 },
      },
      'test',
    );
    if (impatient === 'exists') throw new Error();
    const subject = `late ${randomUUID()}`;
    const handle = await warden.start(mail({ subject, mailbox: impatient.id }));
    expect(await handle.result()).toMatchObject({ status: 'expired' });
    expect(sentWith(subject)).toBe(0);
  },
);

test('held mail keeps its sendAt: approved early, it still goes at its time', async () => {
  const sendAt = new Date(Date.now() + 1_500).toISOString();
  const { handle, digest } = await held({ sendAt });
  await warden.signal(handle, 'approve', { by: 'alice', digest });
  await warden.until(handle.workflowId, 'scheduled');
  await warden.until(handle.workflowId, 'sent');
  expect(new Date().toISOString() >= sendAt).toBe(true);
});

test('cancel works by signal, by door and by Temporal, until the email is claimed', async () => {
  const bySignal = await held();
  await warden.signal(bySignal.handle, 'cancel');
  expect(await bySignal.handle.result()).toMatchObject({ status: 'canceled' });

  const byDoor = await held();
  expect(await warden.update(byDoor.handle, 'cancel', { action: 'cancel' })).toBe('applied');
  expect(await byDoor.handle.result()).toMatchObject({ status: 'canceled' });

  const native = await held();
  await native.handle.cancel();
  expect(await native.handle.result()).toMatchObject({ status: 'canceled' });

  const late = await held();
  await warden.signal(late.handle, 'approve', { by: 'alice', digest: late.digest });
  await warden.until(late.handle.workflowId, 'sent');
  expect(await warden.update(late.handle, 'cancel', { action: 'cancel' })).toBe('too_late');
  await late.handle.cancel();
  await warden.report('relay', { type: 'delivered', message: late.handle.workflowId });
  expect(await late.handle.result()).toMatchObject({ status: 'delivered' });
});

test('reschedule moves an email that waits for its time', async () => {
  const { handle, digest } = await held({ sendAt: new Date(Date.now() + 3_600_000).toISOString() });
  await warden.signal(handle, 'approve', { by: 'alice', digest });
  await warden.until(handle.workflowId, 'scheduled');
  const version = (await warden.store.view(handle.workflowId))?.version;
  const sendAt = new Date(Date.now() + 200).toISOString();
  expect(await warden.update(handle, 'reschedule', { sendAt, version })).toBe('applied');
  await warden.until(handle.workflowId, 'sent');
});

test('current details tell a person how to decide, and carry no address and no text', async () => {
  const { handle, digest, subject } = await held();
  const metadata = await handle.query<{ currentDetails: string }, []>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toContain('temporal workflow signal');
  expect(metadata.currentDetails).toContain(digest);
  expect(metadata.currentDetails).not.toContain(subject);
  expect(metadata.currentDetails).not.toContain('ann@example.com');
});

test('after a native Cancel that came too late, handlers still finish what they begin', async () => {
  const { handle, digest } = await held();
  await warden.signal(handle, 'approve', { by: 'alice', digest });
  await warden.until(handle.workflowId, 'sent');
  await handle.cancel();
  await warden.store.applyReports('relay', [
    { reportId: `late-${handle.workflowId}`, type: 'delivered', message: handle.workflowId },
  ]);
  await handle.signal('deliveryReport');
  expect(await handle.result()).toMatchObject({ status: 'delivered' });
});

test('an approval that came before the email was admitted counts only where it names the digest', async () => {
  const handle = await warden.temporal.client.workflow.signalWithStart(sendEmail, {
    workflowId: `early_${randomUUID()}`,
    taskQueue: warden.taskQueue,
    args: [{ mailbox: warden.mailbox.id, ...mail() } as SendRequest],
    signal: 'approve',
    signalArgs: [{ by: 'bob' }],
  });
  await warden.until(handle.workflowId, 'held');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await handle.query('status')).toMatchObject({ status: 'held' });
});

test('an id that could break out of a command is in no command', async () => {
  const { handle } = await warden.submit(mail(), `x'; touch /tmp/pwned; '${randomUUID()}`);
  await warden.until(handle.workflowId, 'held');
  const metadata = await handle.query<{ currentDetails: string }, []>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toContain('held');
  expect(metadata.currentDetails).not.toContain('touch');
});
