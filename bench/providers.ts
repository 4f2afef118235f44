/** @module What our providers cost above the least that sends the same mail to the same sink, without Temporal or store. */
import { randomUUID } from 'node:crypto';
import nodemailer from 'nodemailer';
import { parseConfig } from '../src/config.js';
import { recipientsOf, type Revision } from '../src/core/email/revision.js';
import { createProviders } from '../src/providers/index.js';
import type { Provider } from '../src/providers/provider.js';
import { drive, median } from './load.js';
import type { Row } from './measure.js';

/** As many as the pool of either has connections. */
const PARALLEL = 10;
const ROUNDS = 5;

const TEXT = 'It will be with you on Thursday.\n'.repeat(20);
const SUBJECT = 'Your order has shipped';

export interface Sinks {
  /** `smtp://…` */
  smtp: string;
  /** An HTTP API that answers every post with an id. */
  http: string;
}

/** Rates of each, in turns with its yardstick. `emails`: per turn. */
export async function providerOverhead({ smtp, http }: Sinks, emails: number): Promise<Row[]> {
  const { providers: configs } = parseConfig(
    {
      providers: [
        { name: 'smtp', type: 'smtp', url: smtp },
        { name: 'resend', type: 'resend', url: http, apiKey: 're_of_the_bench' },
      ],
    },
    'bench',
  );
  const providers = createProviders(configs);
  const transport = nodemailer.createTransport({
    ...{ url: smtp, pool: true, maxConnections: PARALLEL, maxMessages: Infinity },
  });
  const rows = [
    ...(await compare('smtp', emails, sendBy(providers.get('smtp')), async () => {
      const { text, from, to, subject } = plain();
      await transport.sendMail({ from, to, subject, text });
    })),
    ...(await compare('http', emails, sendBy(providers.get('resend')), async () => {
      const response = await fetch(`${http}/emails`, {
        method: 'POST',
        headers: { authorization: 'Bearer re_of_the_bench', 'content-type': 'application/json' },
        body: JSON.stringify(plain()),
      });
      if (!response.ok) throw new Error(`the sink answered ${response.status}`);
      await response.json();
    })),
  ];
  transport.close();
  for (const provider of providers.values()) await provider.close?.();
  return rows;
}

async function compare(
  name: string,
  emails: number,
  ours: () => Promise<void>,
  bare: () => Promise<void>,
): Promise<Row[]> {
  const rate = async (one: () => Promise<void>): Promise<number> =>
    emails / (await drive(emails, PARALLEL, one)).seconds;
  await rate(bare);
  await rate(ours);
  const found: { bare: number; ours: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) found.push({ bare: await rate(bare), ours: await rate(ours) });
  return [
    { id: `provider.${name}.bare`, value: median(found.map((one) => one.bare)), unit: 'per second' },
    {
      ...{ id: `provider.${name}`, value: median(found.map((one) => one.ours)), unit: 'per second' },
      ratioToBare: median(found.map((one) => one.ours / one.bare)),
    },
  ];
}

const plain = (): { from: string; to: string; subject: string; text: string } => ({
  ...{ from: 'bench@localhost.test', to: `bench-${randomUUID()}@example.com`, subject: SUBJECT, text: TEXT },
});

function sendBy(provider: Provider | undefined): () => Promise<void> {
  if (provider === undefined) throw new Error('the bench has no such provider');
  return async () => {
    const id = `msg_${randomUUID()}`;
    const { from, to, subject, text } = plain();
    const revision: Revision = {
      ...{ from: { address: from }, to: [{ address: to }], cc: [], bcc: [], subject, text },
      ...{ headers: {}, attachments: [], messageId: `<${id}.1@localhost.test>`, category: 'transactional' },
    };
    const receipt = await provider.send({
      ...{ id, revision, recipients: recipientsOf(revision), blobs: new Map(), attempt: '1.1' },
      ...{ key: `${id}.1.1`, beforeWire: () => undefined, signal: AbortSignal.timeout(30_000) },
    });
    if (receipt.recipients.some(({ outcome }) => outcome !== 'accepted'))
      throw new Error(`${provider.name} did not take a mail of the bench`);
  };
}
