/** @module An input that ends: what it asked is answered first. */
import { PassThrough, type Readable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { expect, test } from 'vitest';
import { untilAnswered, type Answered } from '../../src/mcp/last-answers.js';

/** Line by line, without anything of a server. */
function lines(input: Readable): Transport {
  const made: Transport = {
    start: async () => {
      input.on('data', (chunk: Buffer) => {
        for (const one of chunk.toString().split('\n'))
          if (one !== '') made.onmessage?.(JSON.parse(one) as JSONRPCMessage);
      });
      input.once('end', () => void made.close());
      await Promise.resolve();
    },
    send: () => Promise.resolve(),
    close: async () => {
      made.onclose?.();
      await Promise.resolve();
    },
  };
  return made;
}

interface Desk extends Answered {
  stdin: PassThrough;
  asked: JSONRPCMessage[];
  isEnded: () => Promise<boolean>;
}

async function open(): Promise<Desk> {
  const stdin = new PassThrough();
  const made = untilAnswered(stdin, lines);
  const asked: JSONRPCMessage[] = [];
  made.transport.onmessage = (message) => {
    asked.push(message);
  };
  await made.transport.start();
  let over = false;
  void made.ended.then(() => (over = true));
  return {
    ...{ ...made, stdin, asked },
    isEnded: async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return over;
    },
  };
}

const request = (id: number, method = 'tools/call'): string =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method })}\n`;

test('it ends after the last answer, and not before', async () => {
  const { transport, stdin, asked, isEnded, ended } = await open();
  stdin.end(request(1) + request(2));
  expect(await isEnded()).toBe(false);
  expect(asked).toHaveLength(2);
  await transport.send({ jsonrpc: '2.0', id: 2, result: {} });
  expect(await isEnded()).toBe(false);
  await transport.send({ jsonrpc: '2.0', id: 1, error: { code: -32_603, message: 'failed' } });
  await ended;
});

test('what was canceled, or only listens, is not waited for', async () => {
  const { stdin, ended } = await open();
  const canceled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
  stdin.end(`${request(1)}${JSON.stringify(canceled)}\n${request(2, 'subscriptions/listen')}`);
  await ended;
});

test('an input that breaks off ends like one that is over', async () => {
  for (const error of [undefined, new Error('broken')]) {
    const { stdin, ended, transport, isEnded } = await open();
    stdin.write(request(1));
    expect(await isEnded()).toBe(false);
    stdin.destroy(error);
    expect(await isEnded()).toBe(false);
    await transport.send({ jsonrpc: '2.0', id: 1, result: {} });
    await ended;
  }
});

test('where the output is closed nobody is waited for', async () => {
  const { transport, stdin, ended } = await open();
  stdin.end(request(1));
  await transport.close();
  await ended;
});
