/**
 * @module A review desk without a server: the real pages over a scripted service that knows three keys and
 * the emails it is given. It reads every input by the schema of the real operation.
 */
import { createReviewPages, type ReviewDeps } from '../../../src/review/index.js';
import { Problem } from '../../../src/errors.js';
import { OPERATIONS, type OperationName } from '../../../src/service/operations.js';
import type { AdmittedMessage } from '../../../src/service/schemas/message.js';
import type { Service } from '../../../src/service/index.js';
import type { Caller } from '../../../src/store/store.js';

export const KEY = 'mw_live_reviewer';
export const DIGEST = 'a'.repeat(64);
export const NOW = new Date('2026-01-02T03:00:00.000Z');
export const ORIGIN = 'http://127.0.0.1:8025';

export const REVIEWER: Caller = {
  ...{ org: 'default', principal: 'prn_rita', kind: 'person', key: 'key_rita', mode: 'live' },
  ...{ scopes: ['approvals:decide', 'messages:read'], mailboxes: null },
};

export function email(over: Partial<AdmittedMessage> = {}): AdmittedMessage {
  return {
    ...{ id: 'msg_one', mailbox: 'mbx_1', mode: 'live', status: 'held', category: 'transactional' },
    ...{ subject: 'Your invoice', revision: 1, digest: DIGEST, dedupeKey: 'k', principal: 'prn_agent' },
    ...{ waitingFor: { reason: 'approval', until: '2026-01-02T05:20:00.000Z' }, approvalUrl: 'x' },
    ...{ createdAt: '2026-01-02T02:00:00.000Z', updatedAt: '2026-01-02T02:00:00.000Z' },
    ...{
      sendAt: null,
      expiresAt: null,
      reason: 'She asked for it',
      context: { model: 'm-1' },
      tags: [],
      metadata: {},
    },
    verdict: {
      outcome: 'review',
      policyVersion: 'p1',
      checks: [
        { rule: 'address_syntax', status: 'passed' },
        {
          ...{ rule: 'autonomy_level', status: 'failed', effect: 'review' },
          evidence: {
            level: 'review_all',
            recipients: [0, 1],
            addresses: ['ann@example.test', 'boss@example.test'],
          },
        },
      ],
    },
    content: {
      from: { address: 'agent@localhost.test', name: 'Agent' },
      to: [{ address: 'ann@example.test', name: 'Ann' }],
      cc: [],
      bcc: [{ address: 'boss@example.test' }],
      subject: over.subject ?? 'Your invoice',
      text: 'Hello Ann,\nhere it is.',
      html: '<p>Hello <b>Ann</b></p>',
      headers: { 'X-Invoice': '17' },
      attachments: [
        { filename: 'invoice.pdf', contentType: 'application/pdf', size: 12_345, sha256: 'b'.repeat(64) },
      ],
      messageId: '<msg_one.1@localhost.test>',
      category: 'transactional',
    },
    recipients: [
      {
        index: 0,
        kind: 'to',
        address: 'ann@example.test',
        status: 'ready',
        reason: null,
        smtpStatus: null,
        softBounces: 0,
        bounce: null,
      },
      {
        index: 1,
        kind: 'bcc',
        address: 'boss@example.test',
        status: 'ready',
        reason: null,
        smtpStatus: null,
        softBounces: 0,
        bounce: null,
      },
    ],
    ...{ attempts: [], reports: [], decisions: [] },
    engagement: { opens: 0, clicks: 0, machineOpens: 0, machineClicks: 0 },
    ...over,
  };
}

export const decision = (
  over: Partial<AdmittedMessage['decisions'][number]>,
): AdmittedMessage['decisions'][number] => ({
  ...{ revision: 1, action: 'reject', by: 'prn_otto', via: 'door', digest: DIGEST, comment: null },
  at: '2026-01-02T02:30:00.000Z',
  ...over,
});

export interface Desk {
  /** As a browser on our own page does it: follows nothing, keeps the cookie. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  signIn(next?: string): Promise<Response>;
  /** The token in the form of a page. */
  csrf(): Promise<string>;
  emails: Map<string, AdmittedMessage>;
  keys: Map<string, Caller>;
  /** What was asked of the service, in order. */
  calls: { name: OperationName; input: unknown }[];
  /** Scripts the answer of the next decisions. */
  onDecide: (input: Record<string, unknown>) => void;
  now: Date;
  logged: unknown[];
  cookie: string | null;
  /** Thrown by every question to the service, while it is set. */
  outage: Error | null;
}

export function desk(emails: AdmittedMessage[] = [email()], over: Partial<ReviewDeps> = {}): Desk {
  let serial = 0;
  const made: Desk = {
    emails: new Map(emails.map((one) => [one.id, one])),
    keys: new Map<string, Caller>([
      [KEY, REVIEWER],
      ['mw_live_agent', { ...REVIEWER, kind: 'agent', principal: 'prn_agent', scopes: ['messages:send'] }],
      ['mw_live_reader', { ...REVIEWER, scopes: ['messages:read'] }],
    ]),
    ...{ calls: [], onDecide: () => undefined, now: NOW, logged: [], cookie: null, outage: null },
    async ask(path, init = {}) {
      const headers = {
        ...(made.cookie !== null && { cookie: made.cookie }),
        ...(init.headers as Record<string, string>),
      };
      const response = await app.request(`${ORIGIN}${path}`, { ...init, headers });
      const set = response.headers.get('set-cookie');
      if (set !== null) made.cookie = /Max-Age=0/u.test(set) ? null : (set.split(';')[0] ?? null);
      return response;
    },
    post: (path, fields, headers = { 'sec-fetch-site': 'same-origin', origin: 'null' }) =>
      made.ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
    signIn: (next = '/review') => made.post('/review/session', { key: KEY, next }),
    csrf: async () =>
      /name="csrf" value="([^"]+)"/u.exec(await (await made.ask('/review')).text())?.[1] ?? '',
  };
  const app = createReviewPages({
    service: scripted(made),
    clock: () => made.now,
    randomId: () => `random-${++serial}`,
    log: { error: (...line: unknown[]) => void made.logged.push(line) },
    ...over,
  });
  return made;
}

function scripted(made: Desk): Pick<Service, 'authenticate' | 'call'> {
  const answers: Partial<Record<OperationName, (input: Record<string, unknown>) => unknown>> = {
    // In small pages, whatever was asked for, so that a reader has to follow the cursor.
    'approvals.list': ({ cursor }) => {
      const held = [...made.emails.values()].filter((one) => one.status === 'held');
      const end = Number(cursor ?? 0) + 10;
      return { items: held.slice(end - 10, end), cursor: end < held.length ? String(end) : null };
    },
    'messages.get': ({ id }) => {
      const found = made.emails.get(String(id));
      if (!found)
        throw new Problem('not_found', { detail: 'there is no such message, or the key may not see it' });
      return found;
    },
    'approvals.token': ({ id, action }) => ({
      command: `temporal workflow signal --workflow-id ${String(id)} --name ${String(action)} --input '{"token":"t"}'`,
    }),
    'messages.decide': (input) => {
      made.onDecide(input);
      const before = made.emails.get(String(input['id']))!;
      const { action, comment = null } = input as { action: string; comment?: string };
      const decided = decision({ action, by: REVIEWER.principal, comment });
      const status = action === 'approve' ? 'sending' : 'rejected';
      made.emails.set(before.id, {
        ...before,
        status,
        waitingFor: null,
        decisions: [...before.decisions, decided],
      });
      return { id: before.id, status };
    },
  };
  return {
    async authenticate(key) {
      if (made.outage) throw made.outage;
      const caller = made.keys.get(key ?? '');
      if (caller) return caller;
      throw new Problem('unauthorized', { detail: 'this API key is not known, or it was revoked' });
    },
    call: (async (name: OperationName, _caller: Caller, input: unknown) => {
      if (made.outage) throw made.outage;
      const parsed = OPERATIONS[name].input.safeParse(input);
      if (!parsed.success) throw new Problem('invalid_request', { detail: 'the input is not valid' });
      made.calls.push({ name, input });
      return answers[name]?.(input as Record<string, unknown>);
    }) as Service['call'],
  };
}
