/** @module MailwardenPlugin on a user's worker, beside all else that a worker may have. */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MailwardenPlugin } from '../../src/plugin.js';
import type { Outcome } from '../../workflows/index.js';
import { startHouse, userBundle, userWorkflows, withWorker, type At, type House } from '../support/house.js';
import { verifies } from '../support/requirements.js';

let house: House;
let plugin: MailwardenPlugin;
/** The user's workflows, bundled beforehand with the plugin. */
let workflowBundle: { code: string };
beforeAll(async () => {
  house = await startHouse();
  plugin = house.plugin();
  workflowBundle = await userBundle('orders', [plugin]);
});
afterAll(() => house.stop());

const activities = { greet: async (name: string) => `hello ${name}` };
const sends = async ({ order }: At, type?: string): Promise<Outcome> => {
  const outcome = (await (await order(house.mail(), {}, type)).result()) as Outcome;
  expect(outcome.status).toBe('sent');
  return outcome;
};
const greets = ({ client, taskQueue }: At): Promise<string> =>
  client.workflow.execute('greeting', { workflowId: `greet_${randomUUID()}`, taskQueue, args: ['Ann'] });
/** Starts one of ours directly and waits until it is sent. */
const startsOurs = async ({ client, taskQueue }: At, type: string): Promise<void> => {
  const workflowId = `msg_${randomUUID()}`;
  await client.workflow.start(type, { workflowId, taskQueue, args: [house.mail()] });
  await house.until(workflowId, 'sent');
};

test("beside a user's workflows, activities and interceptors: all do their work, for ours as well, and both of our names start an email", async () => {
  const seen: string[] = [];
  const interceptors: WorkerOptions['interceptors'] = {
    workflowModules: [userWorkflows('interceptors')],
    activity: [
      (context) => ({
        inbound: {
          execute: (input, next) => {
            seen.push(context.info.activityType);
            return next(input);
          },
        },
      }),
    ],
  };
  await withWorker(
    house,
    { workflowsPath: userWorkflows('orders'), activities, interceptors, plugins: [plugin] },
    async (at) => {
      expect(await sends(at)).toMatchObject({ intercepted: true });
      expect(await greets(at)).toBe('hello Ann');
      await startsOurs(at, 'sendEmail');
      await startsOurs(at, 'mailwarden.sendEmail');
    },
  );
  expect(seen).toEqual(expect.arrayContaining(['mailwarden.admit', 'mailwarden.deliver.carrier', 'greet']));
});

test('on a worker without workflows of its own', () =>
  withWorker(house, { plugins: [plugin] }, async (at) => {
    await startsOurs(at, 'sendEmail');
    await startsOurs(at, 'mailwarden.sendEmail');
  }));

test('with a bundle that was made beforehand with the plugin, and its activities', () =>
  withWorker(house, { workflowBundle, activities, plugins: [plugin] }, async (at) => {
    await sends(at);
    expect(await greets(at)).toBe('hello Ann');
  }));

test('given twice, as one plugin or as two of the same settings, and by the connection: once', async () => {
  const connection = await NativeConnection.connect({
    address: house.temporal.address,
    plugins: [house.plugin()],
  });
  try {
    await withWorker(
      house,
      { connection, workflowsPath: userWorkflows('orders'), plugins: [plugin, plugin, house.plugin()] },
      (at) => sends(at),
    );
  } finally {
    await connection.close();
  }
});

test('where a user registers our workflows as well, they are the same workflows', () =>
  withWorker(house, { workflowsPath: userWorkflows('barrel'), plugins: [plugin] }, async (at) => {
    await sends(at);
    await startsOurs(at, 'sendEmail');
  }));

test("where a user's own workflow is called sendEmail it stays theirs, may call ours, and a warning says so once", async () => {
  const warnings: string[] = [];
  const record = (message: string): number => warnings.push(message);
  const ignore = (): void => undefined;
  const logger = { log: ignore, trace: ignore, debug: ignore, info: ignore, error: ignore, warn: record };
  const bundle = await userBundle('own-name', [plugin], logger);
  expect(warnings.filter((one) => one.includes('mailwarden.sendEmail only'))).toHaveLength(1);
  await withWorker(house, { workflowBundle: bundle, plugins: [plugin] }, async (at) => {
    expect(await (await at.order(house.mail(), {}, 'sendEmail')).result()).toBe('mine: sent');
    await startsOurs(at, 'mailwarden.sendEmail');
  });
});

/** What a careful user has: nothing in Temporal can be read without the key. */
class Encrypting implements PayloadCodec {
  readonly #key = randomBytes(32);
  encode = async (payloads: Payload[]): Promise<Payload[]> =>
    payloads.map((payload) => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
      const plain = JSON.stringify({
        data: Buffer.from(payload.data ?? []).toString('base64'),
        metadata: Object.entries(payload.metadata ?? {}).map(([name, value]) => [
          name,
          Buffer.from(value).toString('base64'),
        ]),
      });
      const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
      const data = Buffer.concat([iv, cipher.getAuthTag(), sealed]);
      return { metadata: { encoding: Buffer.from('binary/encrypted') }, data };
    });
  decode = async (payloads: Payload[]): Promise<Payload[]> =>
    payloads.map((payload) => {
      const all = Buffer.from(payload.data ?? []);
      const cipher = createDecipheriv('aes-256-gcm', this.#key, all.subarray(0, 12));
      cipher.setAuthTag(all.subarray(12, 28));
      const plain = Buffer.concat([cipher.update(all.subarray(28)), cipher.final()]).toString();
      const { data, metadata } = JSON.parse(plain) as { data: string; metadata: [string, string][] };
      return {
        data: Buffer.from(data, 'base64'),
        metadata: Object.fromEntries(metadata.map(([name, value]) => [name, Buffer.from(value, 'base64')])),
      };
    });
}

/** All that a history holds, every payload decoded from its base64 besides. */
async function historyText({ client }: At, id: string): Promise<string> {
  const text = historyToJSON(await client.workflow.getHandle(id).fetchHistory());
  const payloads = [...text.matchAll(/"([A-Za-z0-9+/=]{8,})"/gu)].map(([, one = '']) =>
    Buffer.from(one, 'base64').toString('latin1'),
  );
  return [text, ...payloads].join('\n');
}

verifies(
  'secrets:nowhere',
  "beside a user's own codec everything works, by child, signal, update and query, and nothing in the histories can be read",
  async () => {
    const dataConverter = { payloadCodecs: [new Encrypting()] };
    await withWorker(house, { workflowBundle, dataConverter, plugins: [plugin] }, async (at) => {
      const workflowId = `msg_${randomUUID()}`;
      const parent = await at.order(
        house.mail({ mailbox: house.held.id, to: 'hidden-reader@example.com', subject: 'Hidden words' }),
        { workflowId },
      );
      await house.until(workflowId, 'held');
      const handle = at.client.workflow.getHandle(workflowId);
      expect(await handle.query('status')).toMatchObject({ status: 'held' });
      const { digest } = (await house.store.view(workflowId)) ?? {};
      await handle.signal('approve', { by: 'alice', digest });
      expect(await parent.result()).toMatchObject({ id: workflowId, status: 'sent' });
      await house.report(workflowId, 'delivered');
      expect(await handle.result()).toMatchObject({ status: 'delivered' });
      for (const id of [parent.workflowId, workflowId]) {
        const text = await historyText(at, id);
        expect(text).toContain('binary/encrypted');
        for (const secret of ['hidden-reader', 'Hidden words']) expect(text).not.toContain(secret);
      }
    });
  },
);

test('with no cache of workflows every task replays parent and email from their start', () =>
  withWorker(house, { workflowBundle, maxCachedWorkflows: 0, plugins: [plugin] }, async (at) => {
    const workflowId = `msg_${randomUUID()}`;
    const parent = await at.order(house.mail(), { workflowId, until: 'final' });
    await house.until(workflowId, 'sent');
    await house.report(workflowId, 'delivered');
    expect(await parent.result()).toMatchObject({ status: 'delivered' });
    await sends(at);
  }));

test("a parent's history and its email's replay with the plugin, from the path and from the bundle", () =>
  withWorker(house, { workflowBundle, plugins: [plugin] }, async (at) => {
    const parent = await at.order(house.mail());
    const { id } = (await parent.result()) as Outcome;
    await house.report(id, 'delivered');
    const child = at.client.workflow.getHandle(id);
    await child.result();
    const replay = { plugins: [plugin] };
    const history = await parent.fetchHistory();
    await Worker.runReplayHistory({ ...replay, workflowBundle }, history, parent.workflowId);
    await Worker.runReplayHistory({ ...replay, workflowBundle }, await child.fetchHistory(), id);
    const workflowsPath = userWorkflows('orders');
    await Worker.runReplayHistory({ ...replay, workflowsPath }, history, parent.workflowId);
  }));
