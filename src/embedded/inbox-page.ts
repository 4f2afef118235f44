/**
 * @module The capture inbox over HTTP: pages for a person, JSON for everything else, and reports that go the
 * way of a real provider's webhook. Nobody logs in here, so it answers only under this server's names: a
 * site elsewhere whose name points to 127.0.0.1 must not read it.
 */
import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import { bodyLimit } from 'hono/body-limit';
import type { ProviderReport } from '../core/delivery/receipt.js';
import type { CaptureInbox } from './capture-inbox.js';
import type { CapturedMail } from './captured-mail.js';
import { CHOICES, reportOf } from './inbox-report.js';
import { isForeign } from '../http/foreign.js';
import { listPage, mailPage, plainPage } from './inbox-view.js';

/** A page lists this many; JSON has them all. */
const PAGE_LENGTH = 200;
const BODY_LIMIT = 16_384;

export interface InboxPageOptions {
  inbox: Pick<CaptureInbox, 'list'>;
  /** Signs the report and posts it to the capture provider's hook. */
  report: (report: ProviderReport) => Promise<{ status: number }>;
  /** Throws where the request names a host that this server does not go by. */
  checkHost: (request: Request) => void;
}

const BASE = '/inbox';

/** The routes `/inbox…`, to be mounted at the root. */
export function createInboxPage({ inbox, report, checkHost }: InboxPageOptions): Hono {
  const app = new Hono();
  const find = (id: string) => inbox.list().find((mail) => mail.id === id);

  app.use(`${BASE}/*`, async (c: Context, next) => {
    try {
      checkHost(c.req.raw);
    } catch {
      return refuse(c, 421, 'The inbox is not served under this host name');
    }
    return next();
  });

  app.get(BASE, (c) => {
    if (!wantsPage(c)) return plain(c).json(inbox.list().map(asJson));
    const newest = inbox.list().slice(-PAGE_LENGTH).reverse();
    return show(c, (nonce) => listPage(newest, BASE, nonce));
  });

  app.get(`${BASE}/:id`, (c) => {
    const mail = find(c.req.param('id'));
    if (!mail) return refuse(c, 404, 'There is no such mail');
    if (!wantsPage(c)) return plain(c).json(asJson(mail));
    const choice = CHOICES[Number(c.req.query('reported') ?? NaN)];
    return show(c, (nonce) => mailPage(mail, BASE, nonce, choice ? `Reported: ${choice.label}` : null));
  });

  const tooLarge = bodyLimit({
    maxSize: BODY_LIMIT,
    onError: (c) => refuse(c, 413, 'The report is too large'),
  });
  app.post(`${BASE}/:id/reports`, tooLarge, async (c) => {
    if (isForeign(c.req.raw))
      return refuse(c, 403, 'A report must come from this page, not from another site');
    const mail = find(c.req.param('id'));
    if (!mail) return refuse(c, 404, 'There is no such mail');
    const wish = await wishOf(c);
    const made = reportOf(mail, wish.value);
    if (typeof made === 'string') return refuse(c, 400, made);
    const status = await report(made).then(
      (answer) => answer.status,
      () => null,
    );
    if (status === null || status >= 400)
      return refuse(
        c,
        502,
        `The hook ${status === null ? 'did not answer' : `answered ${status}`}; try again`,
      );
    if (wish.choice !== null) return c.redirect(`${BASE}/${mail.id}?reported=${wish.choice}`, 303);
    return plain(c).json({ reportId: made.reportId, status });
  });

  return app;
}

/** What the inbox answers as JSON. */
function asJson({
  id,
  at,
  from,
  to,
  subject,
  messageId,
  mailwardenId,
  raw,
}: CapturedMail): Omit<CapturedMail, 'text'> {
  return { id, to, from, subject, messageId, mailwardenId, raw, at };
}

/** A form names one of our choices; JSON says what it wants. Anything else is undefined, and refused. */
async function wishOf(c: Context): Promise<{ value: unknown; choice: number | null }> {
  const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  try {
    if (type === 'application/json') return { value: await c.req.json(), choice: null };
    const { choice: chosen, ...rest } = await c.req.parseBody();
    const index = CHOICES.findIndex((_, i) => String(i) === chosen);
    const choice = CHOICES[index];
    if (!choice) return { value: rest, choice: null };
    const { label: _, ...wish } = choice;
    return { value: { ...rest, ...wish }, choice: index };
  } catch {
    return { value: undefined, choice: null };
  }
}

function wantsPage(c: Context): boolean {
  return (
    accepts(c, {
      header: 'Accept',
      supports: ['application/json', 'text/html'],
      default: 'application/json',
    }) === 'text/html'
  );
}

function refuse(
  c: Context,
  status: 400 | 403 | 404 | 413 | 421 | 502,
  detail: string,
): Response | Promise<Response> {
  c.status(status);
  return wantsPage(c)
    ? show(c, (nonce) => plainPage(detail, BASE, nonce))
    : plain(c).json({ status, detail });
}

function show(
  c: Context,
  page: (nonce: string) => ReturnType<typeof plainPage>,
): Response | Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  plain(c).header(
    'Content-Security-Policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  return c.html(page(nonce));
}

/** What a browser must not do with any of our answers. */
function plain(c: Context): Context {
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('Referrer-Policy', 'no-referrer');
  c.header('Cache-Control', 'no-store');
  c.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  return c;
}
