/**
 * @module A real MTA as relay: Postfix, as Debian ships it, between us and a sink. What it says at each point is what
 * our receipts say, and what it took has arrived once.
 */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Provider } from '../../src/providers/provider.js';
import { createSmtpProvider, type SmtpProviderOptions } from '../../src/providers/smtp/smtp.js';
import { aDelivery, aRevision } from '../contracts/provider.js';
import { verifyDkim } from '../support/dkim.js';
import { postfixIsMissing, startPostfix, type TestPostfix } from '../support/postfix.js';
import { eventually } from '../support/processes.js';
import { startScriptedSmtp, type ReceivedMail, type ScriptedSmtp } from '../support/smtp.js';

const missing = postfixIsMissing();
if (missing !== null) process.stderr.write(`test/e2e/mta.test.ts is skipped: ${missing}\n`);
const relayed = test.skipIf(missing !== null);

const GONE = 'gone@x.example';
const REFUSED_LATER = 'refused-later@x.example';

let sink: ScriptedSmtp;
let greylist: Server;
let postfix: TestPostfix;
const seen = new Set<string>();
const ended: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  if (missing !== null) return;
  sink = await startScriptedSmtp({
    rcpt: (to) => (to === REFUSED_LATER ? '550 5.1.1 no such user here' : '250 2.1.5 ok'),
  });
  greylist = await startGreylist(seen);
  const { port: policy } = greylist.address() as AddressInfo;
  postfix = await startPostfix({ next: sink.port, policy, refuses: { [GONE]: '550 5.1.1 No such user' } });
});
afterAll(async () => {
  await postfix?.stop();
  greylist?.close();
  await sink?.stop();
});
beforeEach(() => {
  sink?.received.splice(0);
});
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function through(url: string, more: Partial<SmtpProviderOptions> = {}): Provider {
  const provider = createSmtpProvider({ name: 'relay', url, ...more });
  ended.push(async () => provider.close?.());
  return provider;
}

const mailTo = (...to: string[]) =>
  aDelivery({ revision: aRevision({ to: to.map((address) => ({ address })) }) });

/** The first mail at the sink that is for this address. */
const arrival = (to: string): Promise<ReceivedMail> =>
  eventually(`mail for ${to}`, () => sink.received.find((one) => one.to.includes(to)) ?? false, 20_000);

relayed('it takes a mail, names its queue id, and hands it on once, with our signature whole', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const dkim = { domain: 'sender.example', selector: 'mw1', privateKey: pem };
  const receipt = await through(postfix.url, { dkim }).send(mailTo('ann@x.example'));
  expect(receipt).toEqual({
    recipients: [{ index: 0, outcome: 'accepted', smtpStatus: '2.0.0' }],
    providerMessageId: expect.stringMatching(/^[0-9A-F]{6,}$/u) as string,
  });
  const { raw, from } = await arrival('ann@x.example');
  expect(from).toBe('agent@sender.example');
  expect(raw).toContain(`with ESMTP id ${receipt.providerMessageId}`);
  expect(raw).toContain('Message-ID: <msg-1.1@sender.example>');
  expect(verifyDkim(raw, publicKey).valid).toBe(true);
  expect(sink.received).toHaveLength(1);
});

relayed('it greylists: not sent and worth another try, which it takes', async () => {
  const provider = through(postfix.url);
  const mail = mailTo('greylisted@x.example');
  expect((await provider.send(mail)).recipients).toEqual([
    { index: 0, outcome: 'not_sent_retry', reason: 'recipient', smtpStatus: '4.7.1' },
  ]);
  expect((await provider.send(mail)).recipients).toMatchObject([{ outcome: 'accepted' }]);
  await arrival('greylisted@x.example');
  expect(sink.received).toHaveLength(1);
});

relayed('it refuses one at RCPT, and the others get their mail', async () => {
  const { recipients } = await through(postfix.url).send(mailTo('ann@x.example', GONE, 'bob@x.example'));
  expect(recipients).toMatchObject([
    { index: 0, outcome: 'accepted' },
    { index: 1, outcome: 'not_sent_permanent', reason: 'recipient', smtpStatus: '5.1.1' },
    { index: 2, outcome: 'accepted' },
  ]);
  const to = (await arrival('ann@x.example')).to.concat((await arrival('bob@x.example')).to);
  expect([...new Set(to)].sort()).toEqual(['ann@x.example', 'bob@x.example']);
});

relayed('the connection is lost after the final dot: nobody knows, although it has the mail', async () => {
  const lossy = await startLossyWire(postfix.port, /^250 2\.0\.0 Ok: queued/mu);
  const { recipients } = await through(`smtp://127.0.0.1:${lossy}`).send(mailTo('ann@x.example'));
  expect(recipients).toEqual([{ index: 0, outcome: 'unknown' }]);
  await arrival('ann@x.example');
  expect(sink.received).toHaveLength(1);
});

relayed('the connection is lost instead of the 354: certainly not sent, and it has nothing', async () => {
  const lossy = await startLossyWire(postfix.port, /^354 /mu);
  const { recipients } = await through(`smtp://127.0.0.1:${lossy}`).send(mailTo('lost@x.example'));
  expect(recipients).toEqual([{ index: 0, outcome: 'not_sent_retry', reason: 'transient' }]);
  // What it took before and after would have come by now.
  await through(postfix.url).send(mailTo('after@x.example'));
  await arrival('after@x.example');
  expect(sink.received).toHaveLength(1);
});

relayed('what it cannot hand on comes back as a genuine bounce (RFC 3464) that names the mail', async () => {
  const { recipients, providerMessageId } = await through(postfix.url).send(mailTo(REFUSED_LATER));
  expect(recipients).toMatchObject([{ outcome: 'accepted' }]);
  const { from, raw } = await arrival('agent@sender.example');
  expect(from).toBe('');
  expect(raw).toMatch(/^Content-Type: multipart\/report; report-type=delivery-status;/mu);
  expect(raw).toMatch(/^Auto-Submitted: auto-replied\r$/mu);
  const [, report = ''] = /Content-Type: message\/delivery-status\r\n\r\n(.*?)\r\n--/su.exec(
    raw.replace(/^Content-(Description|Transfer-Encoding): .*\r\n/gmu, ''),
  ) ?? ['', ''];
  const fields = ['Reporting-MTA: dns; mta.test', `X-Postfix-Queue-ID: ${providerMessageId}`];
  const outcome = [`Final-Recipient: rfc822; ${REFUSED_LATER}`, 'Action: failed', 'Status: 5.1.1'];
  for (const line of [...fields, ...outcome, 'Diagnostic-Code: smtp; 550 5.1.1 no such user here'])
    expect(report).toContain(line);
  // The headers of the mail are in it: so a report finds its message, and nobody suppresses by a made-up one.
  expect(raw).toContain('Message-ID: <msg-1.1@sender.example>');
  expect(raw).toContain('X-Mailwarden-Id: msg_contract');
});

/** A policy server (Postfix SMTPD_POLICY_README) that puts off each `greylisted…` recipient once. */
async function startGreylist(known: Set<string>): Promise<Server> {
  const server = createServer((socket) => {
    let asked = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      asked += chunk.toString();
      for (let end = asked.indexOf('\n\n'); end !== -1; end = asked.indexOf('\n\n')) {
        const recipient = /^recipient=(.*)$/mu.exec(asked.slice(0, end))?.[1] ?? '';
        asked = asked.slice(end + 2);
        const isNew = recipient.startsWith('greylisted') && !known.has(recipient);
        known.add(recipient);
        socket.write(`action=${isNew ? 'defer_if_permit 4.7.1 Greylisted' : 'dunno'}\n\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A wire to the MTA that breaks instead of carrying one answer. Its port. */
async function startLossyWire(port: number, answer: RegExp): Promise<number> {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.on('error', () => undefined).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      if (answer.test(chunk.toString())) near.resetAndDestroy();
      else near.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ended.push(async () => {
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}
