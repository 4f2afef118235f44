/** @module The figures of one scene. */
import { drive, median, quantile } from './load.js';
import type { Scene } from './scene.js';
import type { Subjects } from './subjects.js';
import { cpuOf, cpuOfTree } from './usage.js';

export interface Row {
  id: string;
  value: number;
  unit: string;
  /** Of rates: beside the bare workflow, in the same rounds on the same server. */
  ratioToBare?: number;
}

export interface Size {
  rounds: number;
  /** Per round, 64 at a time; a fifth of it one at a time. */
  emails: number;
}

/** These go with time, and do many at once: the rounds that publish events and post them to webhooks. */
const BY_THE_CLOCK: ReadonlySet<string> = new Set(['publishEvents', 'takeDeliveries']);

type Say = (line: string) => void;

const SUBJECTS: Readonly<Record<string, (subjects: Subjects) => Promise<unknown>>> = {
  bare: (one) => one.bare(),
  'send.null': (one) => one.send('null'),
  'send.smtp': (one) => one.send('smtp'),
  'reported.null': (one) => one.reported(),
};

/** Before anything counts: V8 has compiled what is hot, and pools and caches are filled. */
export async function warmUp({ subjects }: Scene, { emails }: Size): Promise<void> {
  for (const one of Object.values(SUBJECTS)) await drive(emails, 64, () => one(subjects));
}

/** Emails per second, each beside the yardstick of the same round; and the CPU time that they cost. */
export async function rates(scene: Scene, size: Size, parallel: number, say: Say): Promise<Row[]> {
  const count = parallel === 1 ? Math.ceil(size.emails / 5) : size.emails;
  const found: Record<string, number[]> = {};
  const used: Record<string, Record<string, number>> = {};
  for (let round = 1; round <= size.rounds; round++)
    for (const [name, one] of Object.entries(SUBJECTS)) {
      const before = cpu(scene);
      const { seconds, latencies } = await drive(count, parallel, () => one(scene.subjects));
      const after = cpu(scene);
      (found[name] ??= []).push(count / seconds);
      const sum = (used[name] ??= {});
      for (const process of Object.keys(after))
        sum[process] = (sum[process] ?? 0) + (after[process] ?? 0) - (before[process] ?? 0);
      say(
        `${name}, ${parallel} at a time, round ${round}: ${(count / seconds).toFixed(1)}/s, ` +
          `half of them within ${quantile(latencies, 0.5).toFixed(0)} ms`,
      );
    }
  const bare = found['bare'] ?? [];
  return Object.entries(found).flatMap(([name, each]): Row[] => [
    {
      ...{ id: `${name}.${parallel}`, value: median(each), unit: 'per second' },
      ratioToBare: median(each.map((value, i) => value / (bare[i] ?? NaN))),
    },
    ...Object.entries(parallel === 1 ? {} : (used[name] ?? {})).map(([process, seconds]) => ({
      id: `${name}.cpu.${process}`,
      value: (seconds / (size.rounds * count)) * 1_000,
      unit: 'CPU seconds per 1,000',
    })),
  ]);
}

const cpu = ({ pids }: Scene): Record<string, number> =>
  Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, name === 'postgres' ? cpuOfTree(pid) : cpuOf(pid)]),
  );

/** What one email costs in writes, where its report comes later. */
export async function costs({ subjects, client, figures }: Scene): Promise<Row[]> {
  const emails = 50;
  const ids: string[] = [];
  const { transactions: before } = await figures();
  await drive(emails, 1, async () => ids.push(await subjects.reported()));
  const { transactions: after } = await figures();
  const verbs = Object.entries(after)
    .map(([verb, times]) => [verb, (times - (before[verb] ?? 0)) / emails] as const)
    .filter(([verb, each]) => each > 0 && !BY_THE_CLOCK.has(verb));
  const transitions = await Promise.all(
    ids.map(async (id) => {
      const { raw } = await client.workflow.getHandle(id).describe();
      return Number(raw.workflowExecutionInfo?.stateTransitionCount ?? NaN);
    }),
  );
  const sum = (some: typeof verbs): number => some.reduce((all, [, each]) => all + each, 0);
  const isRead = ([verb]: (typeof verbs)[number]): boolean => verb === 'view' || verb === 'unswept';
  return [
    { id: 'send.transitions', value: Math.max(...transitions), unit: 'state transitions' },
    {
      id: 'store.transactions',
      value: sum(verbs.filter((one) => !isRead(one))),
      unit: 'transactions per email',
    },
    { id: 'store.reads', value: sum(verbs.filter(isRead)), unit: 'single reads per email' },
  ];
}
