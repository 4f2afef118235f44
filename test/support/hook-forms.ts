/**
 * @module Webhooks as our own form and each vendor write and sign them, each about a hard bounce: genuine ones, and what
 * somebody can make who has no secret, an old webhook, or one that was meant for another email.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createMailgunReader } from '../../src/providers/mailgun/hook.js';
import { createPostmarkReader } from '../../src/providers/postmark/hook.js';
import { createReportReader, signReports } from '../../src/providers/reports.js';
import { createResendReader } from '../../src/providers/resend/hook.js';
import { createSendgridReader } from '../../src/providers/sendgrid/hook.js';
import { createSesReader } from '../../src/providers/ses/hook.js';
import type { HookReader } from '../../src/service/index.js';
import { eventOf, mailgunHook } from './vendors/mailgun.js';
import { RESEND_SECRET, signedBySvix } from './vendors/resend.js';
import { sendgridEvent, sendgridHook, VERIFICATION_KEY } from './vendors/sendgrid.js';
import { sesRecord } from './vendors/ses.js';
import { snsHook, startSns, TOPIC } from './vendors/sns.js';
import { selfSigned } from './x509.js';

export interface Hook {
  body: Uint8Array;
  headers: Headers;
}

/** An email that the vendor has: by its own id and by ours, and its recipient. */
export interface Target {
  id: string;
  message: string;
  to: string;
}

export interface HookForm {
  name: string;
  reader: HookReader;
  /** By whom it is signed, and when: by default genuine, and now. */
  bounce(target: Target, how?: { at?: Date; forged?: boolean }): Hook;
  /** What stands in the way of a copy with another body, or an old one: credentials are good for ever, and for any. */
  signs: 'body' | 'token' | 'nothing';
  /** Older than this it is not believed; null: at any age. */
  oldestMs: number | null;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const secretOf = (words: string): string => `whsec_${Buffer.from(words).toString('base64')}`;
const OWN_SECRET = secretOf('a secret of twenty-four b');
const FORGED_SECRET = secretOf('another secret, as long a');
const MAILGUN_KEY = 'a-webhook-signing-key';
const POSTMARK_SECRET = 'postmark:a-long-password';
const EVENTBRIDGE_KEY = 'an-api-key-of-a-connection';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const taken = ({ id, to }: Target): { id: string; tag: null; to: string[] } => ({ id, tag: null, to: [to] });

function own(): HookForm {
  return {
    ...{ name: 'own', signs: 'body', oldestMs: 5 * MINUTE },
    reader: { readHook: createReportReader('own', [OWN_SECRET]) },
    bounce: ({ id, to }, { at = new Date(), forged = false } = {}) => {
      const report = { reportId: randomUUID(), type: 'bounced', bounce: 'hard', message: id, recipient: to };
      const body = bytes({ reports: [report] });
      return { body, headers: new Headers(signReports(forged ? FORGED_SECRET : OWN_SECRET, body, { at })) };
    },
  };
}

function resend(): HookForm {
  return {
    ...{ name: 'resend', signs: 'body', oldestMs: 5 * MINUTE },
    reader: { readHook: createResendReader('resend', [RESEND_SECRET]) },
    bounce: ({ id, to }, { at = new Date(), forged = false } = {}) => {
      const bounce = { type: 'Permanent', subType: 'General', message: '550 5.1.1 no such user' };
      const data = { email_id: id, to: [to], bounce };
      const event = { type: 'email.bounced', created_at: at.toISOString(), data };
      return signedBySvix(forged ? FORGED_SECRET : RESEND_SECRET, event, { at });
    },
  };
}

function postmark(): HookForm {
  return {
    ...{ name: 'postmark', signs: 'nothing', oldestMs: null },
    reader: { readHook: createPostmarkReader('postmark', [POSTMARK_SECRET]) },
    bounce: ({ id, to }, { at = new Date(), forged = false } = {}) => {
      const secret = forged ? 'postmark:another-password' : POSTMARK_SECRET;
      const record = {
        RecordType: 'Bounce',
        ID: Math.floor(Math.random() * 1e12),
        Type: 'HardBounce',
        TypeCode: 1,
      };
      const body = bytes({
        ...record,
        Inactive: true,
        Email: to,
        MessageID: id,
        BouncedAt: at.toISOString(),
      });
      const authorization = `Basic ${Buffer.from(secret).toString('base64')}`;
      return { body, headers: new Headers({ authorization, 'content-type': 'application/json' }) };
    },
  };
}

const sesBounce = (target: Target, at: Date): object =>
  sesRecord(taken(target), {
    eventType: 'Bounce',
    bounce: {
      ...{ bounceType: 'Permanent', bounceSubType: 'General', timestamp: at.toISOString() },
      ...{ feedbackId: randomUUID(), bouncedRecipients: [{ emailAddress: target.to, status: '5.1.1' }] },
    },
  });

function sns(): HookForm {
  const fake = startSns();
  const stranger = selfSigned();
  const options = { name: 'ses', webhookSecret: [EVENTBRIDGE_KEY], topicArns: [TOPIC] };
  return {
    ...{ name: 'ses', signs: 'body', oldestMs: 24 * HOUR },
    reader: { readHook: createSesReader({ ...options, fetchText: fake.fetchText }) },
    bounce: (target, { at = new Date(), forged = false } = {}) => {
      const { privateKey } = forged ? stranger : fake.certificate;
      const change = { Message: JSON.stringify(sesBounce(target, at)), Timestamp: at.toISOString() };
      return snsHook(privateKey, change);
    },
  };
}

/** The same reader, by the other way that AWS has. */
function eventBridge(ses: HookForm): HookForm {
  return {
    ...{ name: 'eventbridge', signs: 'nothing', oldestMs: null, reader: ses.reader },
    bounce: (target, { at = new Date(), forged = false } = {}) => ({
      body: bytes({ source: 'aws.ses', 'detail-type': 'Email Bounced', detail: sesBounce(target, at) }),
      headers: new Headers({ 'x-api-key': forged ? 'a-key-of-another-kind' : EVENTBRIDGE_KEY }),
    }),
  };
}

function sendgrid(): HookForm {
  return {
    ...{ name: 'sendgrid', signs: 'body', oldestMs: 25 * HOUR },
    reader: { readHook: createSendgridReader('sendgrid', [VERIFICATION_KEY]) },
    bounce: (target, { at = new Date(), forged = false } = {}) => {
      const event = { event: 'bounce', type: 'bounce', status: '5.1.1', reason: '550 5.1.1 no such user' };
      const hook = sendgridHook([sendgridEvent(taken(target), event)], at);
      if (forged) hook.headers.set('x-twilio-email-event-webhook-signature', elsewhere(target, at));
      return hook;
    },
  };
}

/** A genuine signature of other bytes. */
const elsewhere = (target: Target, at: Date): string =>
  sendgridHook([{ other: createHash('sha256').update(target.id).digest('hex') }], at).headers.get(
    'x-twilio-email-event-webhook-signature',
  ) ?? '';

function mailgun(): HookForm {
  return {
    ...{ name: 'mailgun', signs: 'token', oldestMs: 12 * HOUR },
    reader: { readHook: createMailgunReader('mailgun', [MAILGUN_KEY]) },
    bounce: (target, { at = new Date(), forged = false } = {}) => {
      const event = {
        ...{ event: 'failed', severity: 'permanent', reason: 'bounce' },
        'delivery-status': { code: 550, 'enhanced-code': '5.1.1' },
      };
      return mailgunHook(
        forged ? 'a-key-that-is-not-it' : MAILGUN_KEY,
        eventOf({ ...taken(target), tag: target.message }, event, at),
        at,
      );
    },
  };
}

export function hookForms(): HookForm[] {
  const ses = sns();
  return [own(), resend(), postmark(), ses, eventBridge(ses), sendgrid(), mailgun()];
}
