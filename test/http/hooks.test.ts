import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { WorkflowNotFoundError } from '@temporalio/client';
import { createReportReader } from '../../src/providers/reports.js';
import { openDoor, type Answer, type Door, type DoorOptions } from '../support/door.js';
import { admission, send, testStore, type TestStore } from '../support/store.js';
import { verifies } from '../support/requirements.js';

let shared: TestStore;
beforeAll(async () => (shared = await testStore()), 60_000);
afterAll(() => shared.end());

/** Unique for a provider, and all tests here share one. */
const rid = (): string => randomUUID();

const SECRET = `whsec_${Buffer.from('a secret of 24 bytes ...').toString('base64')}`;

interface Hooks {
  door: Door;
  /** A message that was sent and waits for reports. */
  id: string;
  post(reports: object[], over?: { secret?: string; raw?: string; path?: string }): Promise<Answer>;
}

async function hooks(script: DoorOptions['script'] = {}): Promise<Hooks> {
  const door = await openDoor(shared, {
    script,
    hookReaders: { smtp: { readHook: createReportReader('smtp', [SECRET]) } },
  });
  const owner = admission(door.mailbox);
  await shared.store.admit(owner);
  await send(shared.store, owner);
  return {
    ...{ door, id: owner.id },
    post(reports, { secret = SECRET, raw = JSON.stringify({ reports }), path = 'smtp' } = {}) {
      const at = new Date();
      const id = `wh_${randomUUID()}`;
      const headers = {
        'Webhook-Id': id,
        'Webhook-Timestamp': String(Math.floor(at.getTime() / 1000)),
        'Webhook-Signature': new Webhook(secret).sign(id, at, raw),
      };
      return door.ask('POST', `/v1/hooks/${path}`, { key: null, raw, headers });
    },
  };
}

const woken = (): { calls: string[]; script: NonNullable<DoorOptions['script']> } => {
  const calls: string[] = [];
  return {
    calls,
    script: {
      update: async (id, name) => {
        calls.push(`update ${name} ${id}`);
        return { result: '', view: null };
      },
    },
  };
};

test('a report is applied before it is answered, and its workflow is woken', async () => {
  const { calls, script } = woken();
  const { door, id, post } = await hooks(script);
  const answer = await post([
    { reportId: rid(), type: 'bounced', bounce: 'hard', message: id, recipient: 'ada@reader.example' },
  ]);
  expect([answer.status, answer.body]).toEqual([200, { applied: 1, duplicates: 0, unmatched: 0 }]);
  expect((await door.ask('GET', `/v1/messages/${id}`)).body.status).toBe('bounced');
  expect(calls).toEqual([`update deliveryReport ${id}`]);
});

test('the same report a second time is a duplicate, and one of nobody is unmatched', async () => {
  const { id, post } = await hooks(woken().script);
  const report = { reportId: rid(), type: 'delivered', message: id };
  expect((await post([report])).body.applied).toBe(1);
  expect((await post([report, { ...report, reportId: rid(), message: 'msg_nobody' }])).body).toEqual({
    ...{ applied: 0, duplicates: 1, unmatched: 1 },
  });
});

test('opens and deferrals wake nobody', async () => {
  const { calls, script } = woken();
  const { id, post } = await hooks(script);
  for (const type of ['opened', 'deferred'])
    expect((await post([{ reportId: rid(), type, message: id }])).body.applied).toBe(1);
  expect(calls).toEqual([]);
});

test('where a workflow takes no update it gets a signal, and where that fails the report stands all the same', async () => {
  const signals: string[] = [];
  const gone = async (): Promise<never> => Promise.reject(new WorkflowNotFoundError('gone', 'x', undefined));
  const { door, id, post } = await hooks({
    update: gone,
    signal: async (of, name) => {
      signals.push(`${name} ${of}`);
      return await gone();
    },
  });
  expect((await post([{ reportId: rid(), type: 'delivered', message: id }])).status).toBe(200);
  expect(signals).toEqual([`deliveryReport ${id}`]);
  expect((await door.ask('GET', `/v1/messages/${id}`)).body.status).toBe('delivered');
});

verifies('feedback:once', 'a forged report is a 403 and has no effect', async () => {
  const { door, id, post } = await hooks();
  const forged = `whsec_${Buffer.from('another secret, 24 bytes').toString('base64')}`;
  const answer = await post([{ reportId: rid(), type: 'bounced', bounce: 'hard', message: id }], {
    secret: forged,
  });
  expect([answer.status, answer.body.code]).toEqual([403, 'invalid_signature']);
  expect((await door.ask('GET', `/v1/messages/${id}`)).body).toMatchObject({ status: 'sent', reports: [] });
});

test('a genuine webhook that is no report is a 400', async () => {
  const { post } = await hooks();
  expect((await post([], { raw: '{"hello": 1}' })).body.code).toBe('invalid_request');
  const report = { reportId: rid(), type: 'vanished', message: 'm' };
  expect((await post([report])).body.detail).toMatch(/^reports\[0\]\.type: /u);
  expect((await post([], { raw: 'x' })).body.detail).toBe('the body is not JSON');
});

test.each(['nobody', '__proto__', 'constructor', 'toString'])('the hook of %s is a 404', async (path) => {
  const { post } = await hooks();
  expect((await post([{ reportId: rid(), type: 'delivered', message: 'm' }], { path })).body.code).toBe(
    'not_found',
  );
});

test('a webhook of more than a megabyte is a 413, and another method a 405', async () => {
  const { door, post } = await hooks();
  expect((await post([], { raw: ' '.repeat(1024 * 1024 + 1) })).status).toBe(413);
  expect((await door.ask('GET', '/v1/hooks/smtp')).headers.get('allow')).toBe('POST, OPTIONS');
});

test('where the database is down a webhook is a 503, so that the provider sends it again', async () => {
  const down = {
    applyReports: async () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })),
  };
  const hookReaders = {
    smtp: {
      readHook: async () => ({ reports: [{ reportId: 'r', type: 'delivered' as const, message: 'm' }] }),
    },
  };
  const door = await openDoor(shared, { hookReaders, store: down });
  expect((await door.ask('POST', '/v1/hooks/smtp', { key: null, raw: '{}' })).status).toBe(503);
});
