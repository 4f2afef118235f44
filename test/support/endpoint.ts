/** @module Somebody's webhook endpoint: a real HTTP server that keeps what it was sent, and answers as it is told. */
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Hit {
  headers: IncomingHttpHeaders;
  body: string;
  path: string;
}

export interface TestEndpoint {
  url: string;
  hits: Hit[];
  /** How the next ones are answered; the last one repeats. Default 200. */
  answers: (number | RequestListener)[];
  close(): Promise<void>;
}

export async function startEndpoint(): Promise<TestEndpoint> {
  const hits: Hit[] = [];
  const answers: TestEndpoint['answers'] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => void (body += chunk));
    request.on('end', () => {
      hits.push({ headers: request.headers, body, path: request.url ?? '' });
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? 200;
      if (typeof answer === 'number') response.writeHead(answer).end('thank you');
      else answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ hits, answers },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
