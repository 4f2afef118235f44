/** @module What the capture inbox answered with 250 is there, whatever happens next; nothing else is. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CaptureInbox } from '../../src/embedded/capture-inbox.js';
import { startCaptureInbox } from '../../src/embedded/capture-inbox.js';
import { runChild } from './support/child.js';
import { temporaryFolder } from './support/folder.js';
import { openDialogue, upToData } from './support/smtp-dialogue.js';

const MAIL = [
  'From: Agent <agent@localhost.test>',
  'To: a@example.test',
  'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=',
  'Message-ID: <m1@localhost.test>',
  'X-Mailwarden-Id: msg_abc',
  '',
  'Hello',
  '.. dots ..',
].join('\r\n');

async function start(dataDir: string, said: string[] = []): Promise<CaptureInbox> {
  const inbox = await startCaptureInbox({
    dataDir,
    port: 0,
    clock: () => new Date(),
    say: (line) => said.push(line),
  });
  onTestFinished(() => inbox.stop());
  return inbox;
}

test('a mail is listed with its envelope, its decoded subject, its ids and its whole text', async () => {
  const inbox = await start(temporaryFolder());
  const { say } = await upToData(inbox.port, ['a@example.test', 'hidden@example.test']);
  expect(await say(`${MAIL.replace('\r\n..', '\r\n...')}\r\n.`)).toMatch(/^250 /u);
  expect(inbox.list()).toEqual([
    {
      id: expect.stringMatching(/^\d{8}T\d{9}Z-000001$/u),
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/u),
      from: 'agent@localhost.test',
      to: ['a@example.test', 'hidden@example.test'],
      subject: 'Grüße aus Köln',
      messageId: '<m1@localhost.test>',
      mailwardenId: 'msg_abc',
      raw: `${MAIL}\r\n`,
      text: 'Hello\n.. dots ..\n',
    },
  ]);
});

test('a mail that was answered with 250 survives kill -9 in the same moment', async () => {
  const dataDir = temporaryFolder();
  const child = runChild('hold-inbox.ts', [dataDir]);
  const { socket, hear } = await upToData(Number(await child.line()), ['a@example.test']);
  socket.write(`${MAIL}\r\n.\r\n`);
  expect(await hear()).toMatch(/^250 /u);
  await child.kill();
  const inbox = await start(dataDir);
  expect(inbox.list().map((mail) => mail.messageId)).toEqual(['<m1@localhost.test>']);
});

test('mails come back in order after a restart, and new ones come after them', async () => {
  const dataDir = temporaryFolder();
  const send = async (inbox: CaptureInbox, subject: string): Promise<void> => {
    const { say } = await upToData(inbox.port, ['a@example.test']);
    expect(await say(`Subject: ${subject}\r\n\r\nx\r\n.`)).toMatch(/^250 /u);
  };
  const first = await start(dataDir);
  for (const subject of ['1', '2', '3']) await send(first, subject);
  await first.stop();
  const second = await start(dataDir);
  await send(second, '4');
  expect(second.list().map((mail) => mail.subject)).toEqual(['1', '2', '3', '4']);
});

test('a client that breaks off in the middle of a message has sent nothing', async () => {
  const dataDir = temporaryFolder();
  const inbox = await start(dataDir);
  const { socket } = await upToData(inbox.port, ['a@example.test']);
  socket.write(MAIL);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  const { say } = await upToData(inbox.port, ['a@example.test']);
  await say('Subject: whole\r\n\r\nx\r\n.');
  expect(inbox.list().map((mail) => mail.subject)).toEqual(['whole']);
  expect(readdirSync(join(dataDir, 'inbox'))).toHaveLength(1);
});

test('a mail that can’t be written is refused with 451, so that its sender keeps it', async () => {
  const dataDir = temporaryFolder();
  const inbox = await start(dataDir);
  const { say } = await upToData(inbox.port, ['a@example.test']);
  rmSync(join(dataDir, 'inbox'), { recursive: true });
  expect(await say(`${MAIL}\r\n.`)).toMatch(/^451 /u);
  expect(inbox.list()).toEqual([]);
});

test('torn and damaged files in the folder are passed over, and the damaged one is named', async () => {
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, 'inbox'));
  writeFileSync(join(dataDir, 'inbox', '.tmp-20260101T000000000Z-000001.json-aa'), '{"id":');
  writeFileSync(join(dataDir, 'inbox', '20260101T000000000Z-000002.json'), '{"id":');
  const said: string[] = [];
  const inbox = await start(dataDir, said);
  expect(inbox.list()).toEqual([]);
  expect(said).toEqual([expect.stringContaining('20260101T000000000Z-000002.json')]);
  expect(readdirSync(join(dataDir, 'inbox'))).toEqual(['20260101T000000000Z-000002.json']);
});

test('a message above 10 MB is refused with 552 and not kept', async () => {
  const dataDir = temporaryFolder();
  const inbox = await start(dataDir);
  const { socket, hear } = await upToData(inbox.port, ['a@example.test']);
  const line = `${'x'.repeat(998)}\r\n`;
  socket.write(`Subject: large\r\n\r\n${line.repeat(10_100)}.\r\n`);
  expect(await hear()).toMatch(/^552 /u);
  expect(inbox.list()).toEqual([]);
  expect(readdirSync(join(dataDir, 'inbox'))).toEqual([]);
});

test('the fifty-first recipient is refused, the fifty before get the mail', async () => {
  const inbox = await start(temporaryFolder());
  const { say } = await openDialogue(inbox.port);
  await say('MAIL FROM:<>');
  const replies: string[] = [];
  for (let i = 0; i <= 50; i++) replies.push((await say(`RCPT TO:<r${i}@example.test>`)).slice(0, 3));
  expect(replies).toEqual([...Array.from({ length: 50 }, () => '250'), '452']);
  await say('DATA');
  await say('Subject: many\r\n\r\nx\r\n.');
  expect(inbox.list()[0]?.to).toHaveLength(50);
  expect(inbox.list()[0]?.from).toBe('');
});

test('bytes that are no text and a body that is no MIME are kept as they came', async () => {
  const inbox = await start(temporaryFolder());
  const { socket, hear } = await upToData(inbox.port, ['a@example.test']);
  socket.write(Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0x80]), Buffer.from('\r\n.\r\n')]));
  expect(await hear()).toMatch(/^250 /u);
  expect(inbox.list()[0]).toMatchObject({ subject: '', messageId: '', mailwardenId: null });
});

test('a port that is taken is one clear line', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  const started = startCaptureInbox({
    dataDir: temporaryFolder(),
    port,
    clock: () => new Date(),
    say: () => undefined,
  });
  await expect(started).rejects.toThrow(`port ${port} for the capture inbox is taken`);
});
