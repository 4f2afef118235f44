/**
 * @module A storm: a constant load, one `kill -9` after the other at moments that chance names, and then the
 * count. The same seed makes the same choices; when exactly a blow falls is still the machine's.
 */
import { randomBytes } from 'node:crypto';
import type { ConfigInput } from '../../src/config.js';
import { chance as chanceOf, sleep, type Chance } from './chance.js';
import { openHouse, TARGETS, type House, type Target } from './house.js';
import { AUTO, REVIEWED, startLoad, type Load, type Sent } from './load.js';
import { openPostOffice, type PostOffice } from './post-office.js';
import { resolveUnknown, settled, tally, type Tally } from './tally.js';

export interface Storm {
  runs: number;
  seed: number;
  /** No blow after so many seconds; may be lowered while it goes on, to end it early. */
  secondsLimit: number;
  /** Emails per second. */
  rate: number;
  say: (line: string) => void;
}

export interface Result extends Tally {
  kills: Record<string, number>;
  seconds: number;
  repeats: number;
  ownEnds: number;
  unknown: { unknown: number; arrived: number; unresolved: string[] };
  /** Recipients that were claimed in the moments of the blows: only these may become unknown. */
  claimedAtKills: number;
  strange: string[];
}

const BLOWS = { 'worker-1': 25, 'worker-2': 25, server: 15, temporal: 12, postgres: 12, all: 11 } as const;

/** Milliseconds: between two blows, how long what was hit stays down, and how long all of the rest may take. */
const BETWEEN = [700, 2_200] as const;
const DOWN = [0, 800] as const;
const FINISH = 60_000;
const SETTLE = 60_000;
/** One blow in so many falls before what was hit last works again. */
const IMPATIENT = 0.2;
/** Emails that arrive between two other blows. */
const MOVES = 5;

/** Short times, so that what a dead process held is free again within seconds. */
const settings = (smtpPort: number): ConfigInput => ({
  providers: [
    {
      name: 'smtp',
      type: 'smtp',
      url: `smtp://127.0.0.1:${smtpPort}`,
      webhookSecret: '${KILL_WEBHOOK_SECRET}',
      retry: { maximumAttempts: 5, initialInterval: '200ms', maximumInterval: '2s' },
      timeouts: { scheduleToStart: '60s', startToClose: '15s', heartbeat: '4s', scheduleToClose: '3m' },
    },
  ],
  // Two keys ask for everything, and after an outage all at once.
  http: { rateLimit: { perSecond: 1000, burst: 1000 } },
  delivery: { roundBackoff: ['1s'], giveUpAfter: '1h', checkDomains: false },
  feedback: { window: '30s' },
});

export async function storm(options: Storm): Promise<Result> {
  const chance = chanceOf(options.seed);
  let load: Load | undefined;
  // Chance of its own for each: how many emails come must not change which process is hit.
  const office = await openPostOffice(chanceOf(options.seed + 1), (number, messageId) =>
    load?.arrived(number, messageId),
  );
  const webhookSecret = `whsec_${randomBytes(24).toString('base64')}`;
  const house = await openHouse({
    settings: () => settings(office.port),
    secrets: { KILL_WEBHOOK_SECRET: webhookSecret },
    mailboxes: [
      { address: AUTO, autonomy: 'auto' },
      { address: REVIEWED, autonomy: 'review_all' },
    ],
  }).catch(async (error: unknown) => {
    await office.stop();
    throw error;
  });
  try {
    const started = Date.now();
    load = startLoad(house, webhookSecret, chanceOf(options.seed + 2), options.rate);
    const { kills, claimed } = await strike(house, office, load.sent, chance, options, started);
    return await count(house, office, load, options, { kills, claimedAtKills: claimed, started });
  } finally {
    await load?.finish(0);
    await house.stop();
    await office.stop();
  }
}

async function strike(
  house: House,
  office: PostOffice,
  sent: readonly Sent[],
  chance: Chance,
  options: Storm,
  started: number,
): Promise<{ kills: Record<string, number>; claimed: number }> {
  const { runs, say } = options;
  const kills: Record<string, number> = {};
  let claimed = 0;
  let isImpatient = false;
  for (let i = 1; i <= runs && Date.now() - started < options.secondsLimit * 1_000; i++) {
    // A house in which nothing moves has nothing to lose.
    if (!isImpatient) await moved(office, MOVES);
    await sleep(chance.between(...BETWEEN));
    const blow = chance.pick(BLOWS);
    const targets: readonly Target[] = blow === 'all' ? TARGETS : [blow];
    claimed += await claimedNow(house);
    const seconds = ((Date.now() - started) / 1_000).toFixed(1);
    await house.kill(targets);
    kills[blow] = (kills[blow] ?? 0) + 1;
    const accepted = sent.filter((one) => one.ids.size > 0).length;
    say(`${i}/${runs} at ${seconds} s: killed ${blow}; accepted ${accepted}, arrived ${office.ledger.size}`);
    await sleep(chance.between(...DOWN));
    await house.start(targets);
    isImpatient = chance.next() < IMPATIENT;
    if (!isImpatient && !(await house.up(targets)))
      throw new Error(
        `did not come up again after the kill:\n${targets.map((one) => house.lastWords(one)).join('\n')}`,
      );
  }
  return { kills, claimed };
}

async function count(
  house: House,
  office: PostOffice,
  load: Load,
  { say }: Storm,
  so: { kills: Record<string, number>; claimedAtKills: number; started: number },
): Promise<Result> {
  await house.up(TARGETS);
  say('the load ends; waiting until all is settled');
  await load.finish(FINISH);
  const before = await settled(house, load.sent, { ms: SETTLE, say });
  const unknown = await resolveUnknown(house, load.sent, before, office.ledger, FINISH);
  const rows = await settled(house, load.sent, { ms: SETTLE, say });
  return {
    ...(await tally(house, load.sent, rows, office.ledger)),
    ...{ kills: so.kills, claimedAtKills: so.claimedAtKills, unknown },
    seconds: (Date.now() - so.started) / 1_000,
    repeats: load.sent.reduce((sum, one) => sum + one.repeats, 0),
    ownEnds: house.ownEnds(),
    strange: load.strange,
  };
}

/** Waits until so many more emails have arrived; not for ever, because a kill may come at any time. */
async function moved({ ledger }: PostOffice, emails: number): Promise<void> {
  const enough = ledger.size + emails;
  for (const until = Date.now() + 15_000; ledger.size < enough && Date.now() < until;) await sleep(50);
}

/** Zero where the database is away. */
async function claimedNow({ database }: House): Promise<number> {
  try {
    const { length } = await database
      .selectFrom('recipients')
      .select('message')
      .where('status', '=', 'claimed')
      .execute();
    return length;
  } catch {
    return 0;
  }
}
