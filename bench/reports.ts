/** @module Webhooks in: how many reports a second are verified, told apart and applied, and how soon they count. */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ProviderReport } from '../src/core/delivery/receipt.js';
import { drive, quantile } from './load.js';
import type { Row } from './measure.js';
import type { Scene } from './scene.js';

/** Reports in one webhook, as the vendors batch them; and webhooks at once. */
const BATCH = 100;
const PARALLEL = 4;

/** Each report is fresh and of another email, then all of them come again. Any that is not applied once fails the run. */
export async function reports({ subjects }: Scene, emails: number): Promise<Row[]> {
  const ids: string[] = [];
  await drive(emails, 64, async () => ids.push(await subjects.send('null')));
  const batches = Array.from({ length: Math.ceil(ids.length / BATCH) }, (_, i) =>
    ids.slice(i * BATCH, (i + 1) * BATCH).map((message): ProviderReport => ({
      ...{ reportId: randomUUID(), type: 'delivered', message },
    })),
  );
  const post = async (): Promise<{ seconds: number; applied: number; duplicates: number }> => {
    let [applied, duplicates] = [0, 0];
    const { seconds } = await drive(batches.length, PARALLEL, async (i) => {
      const answer = await subjects.hook(batches[i] ?? []);
      applied += answer.applied;
      duplicates += answer.duplicates;
    });
    return { seconds, applied, duplicates };
  };
  const fresh = await post();
  const again = await post();
  if (fresh.applied !== ids.length || again.duplicates !== ids.length)
    throw new Error(`${fresh.applied} of ${ids.length} reports were applied, ${again.duplicates} told apart`);
  return [
    { id: 'reports.applied', value: ids.length / fresh.seconds, unit: `per second, ${BATCH} in a webhook` },
    {
      id: 'reports.duplicates',
      value: ids.length / again.seconds,
      unit: `per second, ${BATCH} in a webhook`,
    },
  ];
}

/** From the answer to a bounce's webhook to the denial of the next send to that address. */
export async function bounceToDenial({ subjects }: Scene, times: number): Promise<Row[]> {
  const found: number[] = [];
  for (let i = 0; i < times; i++) {
    const to = `bench-${randomUUID()}@example.com`;
    const message = await subjects.send('null', to);
    await subjects.hook([
      { reportId: randomUUID(), type: 'bounced', bounce: 'hard', recipient: to, message },
    ]);
    const answered = performance.now();
    await subjects.denied(to);
    found.push(performance.now() - answered);
  }
  found.sort((a, b) => a - b);
  return [0.5, 0.99].map((q) => ({
    ...{
      id: `bounce.denied.p${q * 100}`,
      value: quantile(found, q),
      unit: 'ms after its webhook was answered',
    },
  }));
}
