/**
 * @module Large input at every door of a running `dev`, and by direct start: what is within the limits
 * arrives as it was given, everything else is refused at once with what is wrong, and nothing is half done.
 */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, type MailwardenError } from '../../src/client.js';
import { LIMITS } from '../../src/core/email/request.js';
import { keyRing, seal, SealError } from '../../src/index.js';
import {
  call,
  eventually,
  interrupt,
  runCli,
  startDev,
  temporaryFolder,
  type Answer,
  type DevProcess,
} from '../support/processes.js';
import { verifies } from '../support/requirements.js';

const SIZES = [
  ['200 KiB', 204_800],
  ['2.2 MB', 2_200_000],
  ['4.5 MB', 4_500_000],
] as const;
/** A direct starter's own deadline: without one its client repeats what is too large for a call for long. */
const DEADLINE = 10_000;

const folder = temporaryFolder();
let dev: DevProcess;
let held: string;
let connection: Connection;
let client: Client;
beforeAll(async () => {
  dev = await startDev(folder.path);
  connection = await Connection.connect({ address: dev.ready.temporal });
  client = new Client({ connection });
  const address = 'held@localhost.test';
  held = (await call(dev.ready.api, dev.ready.keys.admin, 'POST', '/v1/mailboxes', { address })).body.id;
});
afterAll(async () => {
  await connection.close();
  await interrupt(dev);
  folder.remove();
});

interface Request {
  to: string;
  subject: string;
  text: string;
  attachments?: { filename: string; contentType: string; content: string }[];
}
interface Said {
  status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer is what the test is about
  body: any;
}

/** What was accepted, by subject: at the end each must have arrived like this. */
const accepted = new Map<string, { text: string; attachment?: string }>();
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const lines = (size: number): string =>
  'It is a long letter, line by line.\n'.repeat(size / 35).padEnd(size, '.');
const bytesAs = (base64: number): Buffer => randomBytes(Math.floor(base64 / 4) * 3);
const mail = (subject: string, text: string, bytes?: Buffer): Request => ({
  ...{ to: 'ann@example.com', subject, text },
  ...(bytes && {
    attachments: [
      { filename: 'a.bin', contentType: 'application/octet-stream', content: bytes.toString('base64') },
    ],
  }),
});
const expectArrival = ({ subject, text, attachments }: Request): void => {
  const [file] = attachments ?? [];
  accepted.set(subject, { text, ...(file && { attachment: sha256(Buffer.from(file.content, 'base64')) }) });
};

const post = (path: string, body: unknown, key = dev.ready.keys.agent): Promise<Answer> =>
  call(dev.ready.api, key, 'POST', path, body);
const cliEnv = () => ({ MAILWARDEN_URL: dev.ready.api, MAILWARDEN_API_KEY: dev.ready.keys.agent });

async function cli(args: string[], stdin?: string): Promise<Said> {
  const ran = runCli(['send', '--mailbox', dev.ready.mailbox, '--json', ...args], cliEnv(), stdin);
  const code = await ran.ended;
  const body = JSON.parse(ran.stdout());
  if (code !== 0) expect(ran.stderr().trim().split('\n')).toHaveLength(1);
  return { status: code === 0 ? 202 : body.status, body };
}
const fileWith = (name: string, content: string | Buffer): string => {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
};

const DOORS: Record<string, (request: Request) => Promise<Said>> = {
  HTTP: (request) => post(`/v1/mailboxes/${dev.ready.mailbox}/messages`, request),
  'the TypeScript client': async (request) => {
    const messages = createClient({ url: dev.ready.api, apiKey: dev.ready.keys.agent }).messages;
    return await messages.send({ mailbox: dev.ready.mailbox, ...request }).then(
      (body) => ({ status: 202, body }),
      (error: unknown) => {
        const { status, details } = error as MailwardenError;
        return { status, body: details };
      },
    );
  },
  'the CLI, from a file': (request) => cli(['--input', fileWith('input.json', JSON.stringify(request))]),
  'the CLI, from standard input': ({ to, subject, text, attachments = [] }) => {
    const files = attachments.map((one) => fileWith('a.bin', Buffer.from(one.content, 'base64')));
    const flags = ['--to', to, '--subject', subject, '--text', '-'];
    return cli([...flags, ...files.flatMap((file) => ['--attach', file])], text);
  },
};

describe.each(Object.entries(DOORS))('by %s', (name, door) => {
  test.each(SIZES)('a text of %s', async (size, bytes) => {
    const request = mail(`text ${size} ${name}`, lines(bytes));
    const { status, body } = await door(request);
    if (bytes <= LIMITS.body) {
      expect(status).toBe(202);
      expectArrival(request);
    } else {
      expect([status, body]).toMatchObject([400, { code: 'invalid_request', field: 'text' }]);
      expect(body.detail).toContain(String(LIMITS.body));
    }
  });

  test.each(SIZES)('an attachment of %s in base64', async (size, bytes) => {
    const request = mail(`file ${size} ${name}`, 'see attached', bytesAs(bytes));
    expect((await door(request)).status).toBe(202);
    expectArrival(request);
  });

  test('attachments above their limit, and a body above all limits', async () => {
    const many = await door(mail(`many ${name}`, 'x', randomBytes(LIMITS.attachmentsBytes + 3)));
    expect([many.status, many.body]).toMatchObject([400, { code: 'invalid_request', field: 'attachments' }]);
    expect(many.body.detail).toContain(String(LIMITS.attachmentsBytes));
    const huge = await door(mail(`huge ${name}`, 'x', randomBytes(7_000_000)));
    expect([huge.status, huge.body.code]).toEqual([413, 'body_too_large']);
    expect(huge.body.detail).toMatch(/at most \d+ bytes/u);
  });
});

describe('a held email', () => {
  const hold = async (subject: string): Promise<{ id: string; digest: string }> => {
    const { status, body } = await post(`/v1/mailboxes/${held}/messages`, mail(subject, 'as it was'));
    expect([status, body.status]).toEqual([202, 'held']);
    return body;
  };
  const asReviewer = (path: string, body: unknown): Promise<Said> =>
    post(path, body, dev.ready.keys.reviewer);
  const shown = async (id: string): Promise<Answer['body']> =>
    (await call(dev.ready.api, dev.ready.keys.reviewer, 'GET', `/v1/messages/${id}`)).body;

  test.each(SIZES)(
    'is edited with a text or an attachment of %s, or stays as it was',
    async (size, bytes) => {
      const { id, digest } = await hold(`edit ${size}`);
      const tooLong = await asReviewer(`/v1/messages/${id}/revisions`, {
        digest,
        ...mail(`edit ${size}`, lines(LIMITS.body + bytes)),
      });
      expect([tooLong.status, tooLong.body.field]).toEqual([400, 'text']);
      expect(await shown(id)).toMatchObject({ status: 'held', revision: 1, digest });
      const request = mail(`edit ${size}`, 'as it is', bytesAs(bytes));
      const edited = await asReviewer(`/v1/messages/${id}/revisions`, { digest, ...request });
      expect([edited.status, edited.body.revision]).toEqual([200, 2]);
      const approval = { action: 'approve', digest: edited.body.digest };
      expect((await asReviewer(`/v1/messages/${id}/decision`, approval)).status).toBe(200);
      expectArrival(request);
    },
  );

  test.each(SIZES)('is not decided with a comment of %s', async (size, bytes) => {
    const { id, digest } = await hold(`comment ${size}`);
    const decision = { action: 'approve', digest, comment: lines(bytes) };
    const byApi = await asReviewer(`/v1/messages/${id}/decision`, decision);
    expect([byApi.status, byApi.body.field]).toEqual([400, 'comment']);
    const canceled = await post(`/v1/messages/${id}/cancel`, { comment: decision.comment });
    expect([canceled.status, canceled.body.field]).toEqual([400, 'comment']);
    const page = await fetch(`${dev.ready.review}/${id}/decision`, {
      method: 'POST',
      headers: { origin: dev.ready.api },
      body: new URLSearchParams(decision),
    });
    expect(page.status).toBe(413);
    expect(await shown(id)).toMatchObject({ status: 'held', digest });
  });
});

test.each(SIZES.slice(1))(
  'a webhook of %s is refused before its signature is looked at',
  async (_, bytes) => {
    const hook = await fetch(`${dev.ready.api}/v1/hooks/capture`, { method: 'POST', body: lines(bytes) });
    expect(hook.status).toBe(413);
    expect(await hook.json()).toMatchObject({ code: 'body_too_large' });
  },
);

describe('by direct start', () => {
  const start = (subject: string, argument: object): Promise<unknown> =>
    connection.withDeadline(Date.now() + DEADLINE, () =>
      client.workflow.start('sendEmail', {
        workflowId: subject.replace(/\W/gu, '-'),
        taskQueue: 'mailwarden',
        args: [argument],
      }),
    );
  const plain = (request: Request): object => ({ mailbox: dev.ready.mailbox, ...request });

  test('200 KiB are sent, in the text or in an attachment', async () => {
    for (const request of [
      mail('direct text', lines(204_800)),
      mail('direct file', 'see attached', bytesAs(204_800)),
      // As large as Temporal takes them.
      mail('direct largest', 'see attached', bytesAs(2_000_000)),
    ]) {
      await start(request.subject, plain(request));
      expectArrival(request);
    }
  });

  test.each(SIZES.slice(1))(
    '%s are refused by Temporal in time, and nothing is started',
    async (size, bytes) => {
      const request = mail(`direct ${size}`, 'x', bytesAs(bytes));
      await expect(start(request.subject, plain(request))).rejects.toThrow();
      const handle = client.workflow.getHandle(request.subject.replace(/\W/gu, '-'));
      await expect(handle.describe()).rejects.toThrow(WorkflowNotFoundError);
    },
  );

  test.each(SIZES)('%s are not sealed as an argument: the error says what to do', async (_, bytes) => {
    const ring = keyRing([`k1:${randomBytes(32).toString('base64url')}`]);
    const request = { mailbox: dev.ready.mailbox, ...mail('sealed', 'x', bytesAs(bytes)) };
    await expect(seal(ring, request)).rejects.toThrow(SealError);
  });
});

verifies('input:clear-error', 'whatever was accepted arrived whole, once, and nothing else did', async () => {
  expect(accepted.size).toBeGreaterThan(15);
  type Captured = { subject: string; raw: string };
  const inbox = async (): Promise<Captured[]> => (await (await fetch(dev.ready.inbox)).json()) as Captured[];
  await eventually('all are in the inbox', async () => (await inbox()).length >= accepted.size);
  const mails = await inbox();
  expect(mails.map((one) => one.subject).sort()).toEqual([...accepted.keys()].sort());
  for (const { subject, raw } of mails) {
    const { text = '', attachments } = await PostalMime.parse(raw);
    const [file] = attachments;
    const arrived = {
      text: sha256(text.replace(/\r\n/gu, '\n').trim()),
      attachment: file && sha256(Buffer.from(file.content as ArrayBuffer)),
    };
    const given = accepted.get(subject);
    expect(arrived, subject).toEqual({
      text: sha256(given?.text.trim() ?? ''),
      attachment: given?.attachment,
    });
  }
});
