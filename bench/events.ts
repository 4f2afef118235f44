/** @module How long after its fact an event arrives at whoever follows the log, while emails are sent. */
import { createClient } from '../src/client.js';
import { drive, quantile } from './load.js';
import type { Row } from './measure.js';
import type { Scene } from './scene.js';

export async function eventLag({ subjects, api }: Scene, emails: number): Promise<Row[]> {
  const lags: number[] = [];
  const end = new AbortController();
  const client = createClient(api);
  const following = (async () => {
    for await (const event of client.events.stream({ types: ['message.sent'] }, { signal: end.signal }))
      lags.push(Date.now() - Date.parse(event.createdAt));
  })().catch((error: unknown) => {
    if (!end.signal.aborted) throw error;
  });
  // The stream is open once its first event came.
  for (let tries = 0; lags.length === 0 && tries < 20; tries++) {
    await subjects.send('null');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  lags.length = 0;
  await drive(emails, 64, () => subjects.send('null'));
  for (let tries = 0; lags.length < emails && tries < 50; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  end.abort();
  await following;
  if (lags.length < emails) throw new Error(`${emails - lags.length} of ${emails} events did not arrive`);
  lags.sort((a, b) => a - b);
  return [0.5, 0.99].map((q) => ({
    id: `events.lag.p${q * 100}`,
    value: quantile(lags, q),
    unit: 'ms after the fact, 64 emails at a time',
  }));
}
