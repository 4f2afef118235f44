import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client, ElicitResult } from '@modelcontextprotocol/client';
import { connectMcp, openMcp, use, type McpDoor } from '../support/mcp.js';
import { testStore, type TestStore } from '../support/store.js';

let shared: TestStore;
let held: McpDoor;
beforeAll(async () => {
  shared = await testStore();
  held = await openMcp(shared, { mailbox: { autonomy: 'review_all' }, app: { patience: 150 } });
}, 60_000);
afterAll(async () => {
  await held.close();
  await shared.end();
});

const email = (): Record<string, unknown> => ({
  to: 'ada@reader.example',
  subject: 'Hello',
  text: randomUUID(),
});

/** A client whose user answers like this, and what the user was asked. */
async function clientThat(
  answer: () => Promise<ElicitResult>,
  options: { modern: boolean; key?: string; url?: string },
): Promise<{ client: Client; asked: { mode?: string; url?: string; message: string }[] }> {
  const asked: { mode?: string; url?: string; message: string }[] = [];
  const client = await connectMcp({
    ...{ url: held.url, key: held.agent.apiKey, ...options },
    capabilities: { elicitation: { url: {} } },
    prepare: (made) =>
      made.setRequestHandler('elicitation/create', async ({ params }) => {
        asked.push(params);
        return await answer();
      }),
  });
  return { client, asked };
}

const standing = async (id: string): Promise<unknown[]> => {
  const { body } = await held.ask('GET', `/v1/messages/${id}`);
  return [body.status, body.decisions];
};

test.each(
  (['accept', 'decline', 'cancel'] as const).flatMap((action) => [
    [action, false] as const,
    [action, true] as const,
  ]),
)(
  'the page is shown, and whether the user says %s is no decision (since 2026: %s)',
  async (action, modern) => {
    const { client, asked } = await clientThat(async () => ({ action }), { modern });
    const { output, words, isError } = await use(client, 'send_email', email());
    expect(isError).toBe(false);
    expect(output).toMatchObject({ status: 'held', approvalUrl: `http://warden.test/review/${output.id}` });
    expect(asked).toEqual([expect.objectContaining({ mode: 'url', url: output.approvalUrl })]);
    expect(asked[0]?.message).not.toContain('reader.example');
    expect(words).toContain('no decision');
    expect(await standing(output.id)).toEqual(['held', []]);
    await client.close();
  },
);

test('a user who says nothing does not hold up the answer', async () => {
  const { client, asked } = await clientThat(() => new Promise(() => undefined), { modern: false });
  const { output, words } = await use(client, 'send_email', email());
  expect(output.status).toBe('held');
  expect(words).toContain('was asked to open the page');
  expect(asked).toHaveLength(1);
  await client.close();
});

test('a client that fails at opening the page gets the answer all the same', async () => {
  for (const modern of [false, true]) {
    const { client } = await clientThat(() => Promise.reject(new Error('no browser')), { modern });
    const answer = use(client, 'send_email', email());
    // Since 2026 it is the client that repeats the call, or fails it by itself; the email is held in either case.
    if (modern) await expect(answer).rejects.toThrow();
    else expect((await answer).output.status).toBe('held');
    await client.close();
  }
});

test('a client that does not open pages is not asked, and told where the page is', async () => {
  const client = await held.connect({ capabilities: { elicitation: { form: {} } } });
  const { output, words } = await use(client, 'send_email', email());
  expect(output.approvalUrl).toContain('/review/');
  expect(words).not.toContain('asked to open');
});

test('the second call after the question sends nothing, however late it comes', async () => {
  const later = await openMcp(shared, { mailbox: { autonomy: 'review_all' } });
  const { client } = await clientThat(
    async () => {
      // Past the window in which an equal email is the same one.
      shared.clock.advance(60 * 60_000);
      return { action: 'accept' };
    },
    { modern: true, url: later.url, key: later.agent.apiKey },
  );
  await use(client, 'send_email', email());
  const { body } = await later.ask('GET', '/v1/messages');
  expect(body.items).toHaveLength(1);
  await client.close();
  await later.close();
});

test('what was decided while the page was open stands in the answer', async () => {
  const { client } = await clientThat(
    async () => {
      const { body } = await held.ask('GET', '/v1/messages?limit=1');
      const { id, digest } = body.items[0];
      const { principal: by, id: key } = held.reviewer.row;
      await held.store.decide({ id, action: 'reject', digest, by, via: 'door', key });
      return { action: 'accept' };
    },
    { modern: true },
  );
  const { output, words } = await use(client, 'send_email', email());
  expect(output.status).toBe('rejected');
  expect(output.approvalUrl).toBeUndefined();
  expect(words).toContain('A person rejected it');
  await client.close();
});

test('reading a held email asks nobody anything', async () => {
  const { body } = await held.ask('POST', '/v1/messages', { body: email() });
  for (const modern of [false, true]) {
    const { client, asked } = await clientThat(async () => ({ action: 'accept' }), { modern });
    expect((await use(client, 'read_email', { id: body.id })).output.status).toBe('held');
    expect(asked).toEqual([]);
    await client.close();
  }
});
