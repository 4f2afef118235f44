/** @module The agents of examples/agents, as their readers run them, against `mailwarden dev` with a person beside. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  call,
  eventually,
  interrupt,
  startDev,
  temporaryFolder,
  type DevProcess,
} from '../support/processes.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();
let dev: DevProcess;
beforeAll(async () => {
  dev = await startDev(folder.path, ['--autonomy', 'review_all']);
});
afterAll(async () => {
  await interrupt(dev);
  folder.remove();
});

interface Held {
  id: string;
  digest: string;
}

test.each(['vercel-ai', 'openai-agents'])(
  'the agent of %s is told that its email is held, waits, and learns that it went',
  async (name) => {
    const { api, keys, inbox } = dev.ready;
    const child = spawn(process.execPath, ['--import', 'tsx', `examples/agents/${name}.ts`], {
      cwd: ROOT,
      env: { ...process.env, MAILWARDEN_URL: api, MAILWARDEN_API_KEY: keys.agent },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
    const { id, digest } = await eventually<Held>('held', async () => {
      const { body } = await call(api, keys.reviewer, 'GET', '/v1/approvals');
      return (body.items[0] as Held | undefined) ?? false;
    });
    const decision = { action: 'approve', digest };
    expect(await call(api, keys.reviewer, 'POST', `/v1/messages/${id}/decision`, decision)).toMatchObject({
      status: 200,
    });
    const [[code], out, err] = await ended;
    expect({ code, out, err }).toMatchObject({
      ...{ code: 0, out: expect.stringMatching(/was held at first and is (sent|delivered) now/u) },
    });
    const received = await eventually('received', async () => {
      const all = (await (await fetch(inbox)).json()) as { subject: string }[];
      return all.length > 0 && all;
    });
    expect(received.filter(({ subject }) => subject === 'Your order has shipped')).not.toEqual([]);
  },
);
