/** @module Attachments by reference on a real Temporal server and a real SMTP wire. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSmtpProvider } from '../../src/providers/smtp/smtp.js';
import type { Provider } from '../../src/providers/provider.js';
import type { UploadOwner } from '../../src/store/store.js';
import { startSmtpServer, type RunningSmtp } from '../support/smtp.js';
import { mail, startWarden, type Warden } from '../support/warden.js';

let smtp: RunningSmtp;
let provider: Provider;
let warden: Warden;
beforeAll(async () => {
  smtp = await startSmtpServer();
  provider = createSmtpProvider({ name: 'smtp', url: smtp.url });
  warden = await startWarden({ carriers: [provider] });
});
afterAll(async () => {
  await warden.stop();
  await provider.close?.();
  await smtp.stop();
});

const OWN: UploadOwner = { org: 'default', mode: 'live' };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
async function uploaded(owner: UploadOwner = OWN, size = 50_000): Promise<{ bytes: Buffer; sha256: string }> {
  const bytes = randomBytes(size);
  await warden.store.putUpload({
    ...{ ...owner, bytes, sha256: sha256(bytes), contentType: 'application/pdf', by: 'test' },
  });
  return { bytes, sha256: sha256(bytes) };
}
const named = (digest: string): object => ({
  attachments: [{ filename: 'a.pdf', contentType: 'application/pdf', sha256: digest }],
});
/** Digests of the attachments of the one mail with this subject. */
async function arrived(subject: string): Promise<string[]> {
  for (const { raw } of smtp.received) {
    const parsed = await PostalMime.parse(raw);
    if (parsed.subject === subject)
      return parsed.attachments.map((one) => sha256(new Uint8Array(one.content as ArrayBuffer)));
  }
  return [];
}

test('an email with a referenced attachment arrives byte for byte', async () => {
  const subject = `s ${randomUUID()}`;
  const file = await uploaded();
  const handle = await warden.start(mail({ ...named(file.sha256), subject }));
  await warden.until(handle.workflowId, 'sent');
  expect(await arrived(subject)).toEqual([file.sha256]);
});

test('a start that names what its org never uploaded is denied with the field', async () => {
  const strange = await uploaded({ ...OWN, org: 'org-stranger' });
  const tested = await uploaded({ ...OWN, mode: 'test' });
  for (const digest of ['f'.repeat(64), strange.sha256, tested.sha256]) {
    const handle = await warden.start(mail(named(digest)));
    expect(await handle.result()).toMatchObject({
      status: 'denied',
      problem: { code: 'invalid_request', fields: [{ field: 'attachments[0].sha256' }] },
    });
    expect(await warden.store.view(handle.workflowId)).toBeNull();
  }
});

test('an edit may name an upload, and what the email carries already', async () => {
  const subject = `s ${randomUUID()}`;
  const [first, second] = [await uploaded(), await uploaded()];
  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  const { handle, answer } = await warden.submit(mail({ ...named(first.sha256), sendAt }));
  const attachments = [first, second].map((one) => ({
    ...{ filename: 'a', contentType: 'application/pdf', sha256: one.sha256 },
  }));
  const content = {
    ...{
      to: [{ address: 'ann@example.com' }],
      cc: [],
      bcc: [],
      subject,
      text: 'x',
      headers: {},
      attachments,
    },
  };
  const change = { ...OWN, digest: answer.view?.digest, content };
  const strange = (await uploaded({ ...OWN, org: 'org-stranger' })).sha256;
  const wrong = { ...content, attachments: [{ ...attachments[0], sha256: strange }] };
  expect(await warden.update(handle, 'revise', { ...change, content: wrong })).toBe('attachment_unknown');
  expect(await warden.update(handle, 'revise', change)).toBe('applied');
  const { version = 0 } = (await warden.store.view(handle.workflowId)) ?? {};
  const soon = new Date(Date.now() + 50).toISOString();
  expect(await warden.update(handle, 'reschedule', { sendAt: soon, version })).toBe('applied');
  await warden.until(handle.workflowId, 'sent');
  expect(await arrived(subject)).toEqual([first.sha256, second.sha256]);
});

test('an email of whose attachment the bytes are gone fails, and nothing of it is sent', async () => {
  const subject = `s ${randomUUID()}`;
  const file = await uploaded();
  const { claim } = warden.store;
  warden.store.claim = async (request) => {
    const claimed = await claim(request);
    return claimed.answer === 'go' ? { ...claimed, blobs: new Map() } : claimed;
  };
  try {
    const handle = await warden.start(mail({ ...named(file.sha256), subject }));
    expect(await handle.result()).toMatchObject({ status: 'failed' });
    // At once, and not after a day of tries that can't go better.
    const stored = await warden.store.message('default', handle.workflowId);
    expect(stored?.attempts).toHaveLength(1);
    expect(stored?.recipients).toMatchObject([{ status: 'failed', reason: 'content' }]);
    expect(await arrived(subject)).toEqual([]);
  } finally {
    warden.store.claim = claim;
  }
});
