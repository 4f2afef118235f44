/** @module What the HTTP door costs above a bare route, and what it holds. */
import { performance } from 'node:perf_hooks';
import { drive, hold, quantile } from './load.js';
import type { Row, Size } from './measure.js';
import type { Scene } from './scene.js';

const CONNECTIONS = 200;

const timed = async (one: () => Promise<unknown>): Promise<number> => {
  const at = performance.now();
  await one();
  return performance.now() - at;
};
const sorted = (values: number[]): number[] => values.sort((a, b) => a - b);

/** One at a time and turn about, so that both meet the same moments of the machine. */
export async function doors({ subjects, figures }: Scene, { emails }: Size): Promise<Row[]> {
  const [bare, ours]: [number[], number[]] = [[], []];
  for (let i = 0; i < emails; i++) {
    bare.push(await timed(() => subjects.bareDoor()));
    ours.push(await timed(() => subjects.door()));
  }
  const rows = [0.5, 0.99].flatMap((q): Row[] => {
    const name = `p${q * 100}`;
    const [least, most] = [quantile(sorted(bare), q), quantile(sorted(ours), q)];
    return [
      { id: `door.bare.${name}`, value: least, unit: 'ms, one at a time' },
      { id: `door.${name}`, value: most, unit: 'ms, one at a time' },
      { id: `door.overhead.${name}`, value: most - least, unit: 'ms above the bare route' },
    ];
  });
  const busy = await drive(emails, 64, () => subjects.door());
  const { memory: before } = await figures();
  await drive(1_000, 16, () => subjects.held());
  const { memory: after } = await figures();
  return [
    ...rows,
    { id: 'door.64.p50', value: quantile(busy.latencies, 0.5), unit: 'ms, 64 at a time' },
    { id: 'held.memory', value: (after - before) / 1e6, unit: 'MB per 1,000 held' },
  ];
}

/** Requests a second that 200 connections get answered, nine reads to one email; any error fails the run. */
export async function crowd({ subjects }: Scene, seconds: number): Promise<Row[]> {
  const { items } = (await subjects.get('/v1/messages?limit=200')) as { items: { id: string }[] };
  let turn = 0;
  const found = await hold(seconds, CONNECTIONS, async () => {
    turn += 1;
    if (turn % 10 === 0) await subjects.door();
    else await subjects.get(`/v1/messages/${items[turn % items.length]?.id ?? ''}`);
  });
  if (found.errors > 0) throw new Error(`${found.errors} of ${found.count} requests of the crowd failed`);
  return [
    { id: `crowd.${CONNECTIONS}`, value: found.count / found.seconds, unit: 'requests per second' },
    { id: `crowd.${CONNECTIONS}.p99`, value: quantile(found.latencies, 0.99), unit: 'ms' },
    { id: `crowd.${CONNECTIONS}.errors`, value: found.errors, unit: `of ${found.count}` },
  ];
}
