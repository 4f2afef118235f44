/**
 * @module What the demo plays on: Mailwarden with its Temporal server and its database, two SMTP servers, two vendors
 * that are played on this machine, and mailboxes with different rules.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ready } from '../../src/embedded/dev.js';
import { signReports } from '../../src/providers/index.js';
import { MAILGUN_DOMAIN, startMailgun } from '../../test/support/vendors/mailgun.js';
import { RESEND_KEY, RESEND_SECRET, startResend } from '../../test/support/vendors/resend.js';
import { House } from './house.js';
import { Relay } from './relay.js';

const SECRET = `whsec_${Buffer.from('the demo relay signs its reports').toString('base64')}`;
const MAILGUN_KEY = 'key-of-the-demo';

export interface Answer {
  status: number;
  body: {
    id: string;
    status: string;
    digest: string;
    code?: string;
    verdict?: {
      checks: {
        rule: string;
        status: string;
        effect?: string;
        evidence?: Record<string, unknown>;
        until?: string;
      }[];
    };
  };
}

interface Vendors {
  resend: Awaited<ReturnType<typeof startResend>>;
  mailgun: Awaited<ReturnType<typeof startMailgun>>;
}

export async function openScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'mailwarden-demo-'));
  const [primary, secondary] = [new Relay(), new Relay()];
  await Promise.all([primary.start(), secondary.start()]);
  // Their own SDKs take these two for the real ones (test/providers).
  const resend = await startResend();
  const mailgun = await startMailgun({ apiKey: MAILGUN_KEY, signingKey: 'signing-key-of-the-demo' });
  await writeFile(
    join(folder, 'mailwarden.yaml'),
    `delivery: { checkDomains: false } # its recipients are in no DNS
providers:
  - { name: primary, type: smtp, url: "smtp://127.0.0.1:${primary.port}", webhookSecret: "\${RELAY_SECRET}", retry: { maximumAttempts: 2, initialInterval: 200ms } }
  - { name: secondary, type: smtp, url: "smtp://127.0.0.1:${secondary.port}", webhookSecret: "\${RELAY_SECRET}", failover: true }
  - { name: resend, type: resend, url: "${resend.url}", apiKey: "\${RESEND_KEY}", webhookSecret: "\${RESEND_SECRET}", weight: 0, failover: true }
  - { name: mailgun, type: mailgun, url: "${mailgun.url}", domain: ${MAILGUN_DOMAIN}, apiKey: "\${MAILGUN_KEY}", weight: 0, failover: true }
`,
  );
  const house = new House(join(folder, 'data'), {
    MAILWARDEN_CONFIG: join(folder, 'mailwarden.yaml'),
    RELAY_SECRET: SECRET,
    RESEND_KEY,
    RESEND_SECRET,
    MAILGUN_KEY,
  });
  return new Scene(folder, house, await house.start(), { primary, secondary }, { resend, mailgun });
}

export class Scene {
  constructor(
    private readonly folder: string,
    readonly house: House,
    /** Another one after each start. */
    public ready: Ready,
    readonly relays: Record<'primary' | 'secondary', Relay>,
    readonly vendors: Vendors,
  ) {}

  async call(
    method: string,
    path: string,
    key: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.ready.api}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  async send(
    subject: string,
    more: { mailbox?: string; to?: string; headers?: Record<string, string>; sendAt?: string } = {},
  ): Promise<Answer> {
    const { mailbox = this.ready.mailbox, to = 'ann@example.com', headers, ...rest } = more;
    const mail = { to, subject, text: 'Hello from the demo.', ...rest };
    return await this.call('POST', `/v1/mailboxes/${mailbox}/messages`, this.ready.keys.agent, mail, headers);
  }

  async statusOf(id: string): Promise<string> {
    return (await this.call('GET', `/v1/messages/${id}`, this.ready.keys.agent)).body.status;
  }

  async arrives(subject: string, at = this.relays.primary): Promise<void> {
    await until(`“${subject}” to arrive`, () => at.withSubject(subject).length > 0);
  }

  async reaches(id: string, status: string): Promise<void> {
    await until(`${id} to be ${status}`, async () => (await this.statusOf(id)) === status);
  }

  /** What the relay's operator would send: a signed webhook. */
  async webhook(type: string, message: string, more: object = {}): Promise<number> {
    const body = JSON.stringify({ reports: [{ reportId: `${type}-${message}`, type, message, ...more }] });
    const headers = { ...signReports(SECRET, body), 'content-type': 'application/json' };
    return (await fetch(`${this.ready.api}/v1/hooks/primary`, { method: 'POST', headers, body })).status;
  }

  /** Its id. */
  async mailbox(name: string, over: object = {}): Promise<string> {
    const { body } = await this.call('POST', '/v1/mailboxes', this.ready.keys.admin, {
      ...{ address: `${name}@localhost.test`, autonomy: 'review_all' },
      ...over,
    });
    return body.id;
  }

  async stop(): Promise<void> {
    await this.house.stop();
    const { primary, secondary } = this.relays;
    const { resend, mailgun } = this.vendors;
    await Promise.all([primary, secondary, resend, mailgun].map((one) => one.stop()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function until(what: string, check: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  for (const deadline = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (await check()) return;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
  }
}
