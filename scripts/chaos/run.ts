/**
 * @module The kill matrix: at each point of a send each victim is killed, over every provider at once, round after
 * round while the time lasts; and then the count. The same seed makes the same choices.
 */
import { chance as chanceOf, shuffled, sleep } from '../kill/chance.js';
import { TARGETS } from '../kill/house.js';
import type { Ledger } from '../kill/post-office.js';
import { resolveUnknown, settled, tally, type Tally } from '../kill/tally.js';
import { resetAll, type Resets } from './resets.js';
import { emailAt, openScene, type Scene } from './scene.js';
import { Strikes, type Blow } from './strikes.js';
import { startTraffic, type Email, type Traffic } from './traffic.js';

export interface Chaos {
  /** No kill after so many seconds; may be lowered while it goes on, to end it early. */
  secondsLimit: number;
  /** How often each victim is killed at each point over each provider, at most. */
  runs: number;
  /** Emails that wait for one kill, about: as many for each provider, and two at least. */
  emails: number;
  seed: number;
  providers: readonly string[];
  /** Each once a round. */
  blows: readonly Blow[];
  say: (line: string) => void;
}

export interface Result {
  emails: readonly Email[];
  /** The numbers of those that were unknown before a person looked. */
  unknown: ReadonlySet<number>;
  tally: Tally;
  unresolved: string[];
  strange: string[];
  seconds: number;
  kills: number;
  resets: Resets;
  ownEnds: number;
}

/** How many kills' emails may still recover while the matrix goes on; more are waited for. */
const MOST_OPEN = 5;
const FINISH = 60_000;
const SETTLE = 90_000;

export async function chaos(options: Chaos): Promise<Result> {
  const { seed, say } = options;
  const chance = chanceOf(seed);
  const slots = Math.max(2, Math.ceil(options.emails / options.providers.length));
  const mostOpen = MOST_OPEN * slots * options.providers.length;
  const scene = await openScene(options.providers, slots);
  const started = Date.now();
  let traffic: Traffic | undefined;
  try {
    traffic = await startTraffic(scene, chanceOf(seed + 1));
    const strikes = new Strikes(scene, traffic, { slots, runs: options.runs }, chance);
    for (let round = 1, sent = 1; sent > 0; round++) {
      sent = 0;
      for (const blow of shuffled(options.blows, chance)) {
        if (Date.now() - started > options.secondsLimit * 1_000) break;
        const struck = await strikes.strike(blow);
        if (struck.sent === 0) continue;
        sent += struck.sent;
        const seconds = ((Date.now() - started) / 1_000).toFixed(1);
        const points = blow.stretch.points.map(({ name }) => name);
        say(
          `round ${round} at ${seconds} s: ${blow.victim} killed, ${struck.there} of ${struck.sent} emails there (${points[0]} … ${points.at(-1)})`,
        );
        await drained(scene, traffic, mostOpen);
      }
    }
    say('resetting workflows and activities');
    await scene.house.up(TARGETS);
    const resets = await resetAll(scene, traffic);
    say('waiting until all is settled');
    await traffic.finish(FINISH);
    return {
      ...(await count(scene, traffic, say)),
      ...{ resets, kills: strikes.kills },
      seconds: (Date.now() - started) / 1_000,
    };
  } finally {
    await traffic?.finish(0);
    await scene.stop();
  }
}

/** Waits while more emails than `most` recover; not for ever, because the count waits for them all. */
async function drained({ house }: Scene, { emails }: Traffic, most: number): Promise<void> {
  const latest = emails.slice(-4 * most);
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    const open = await house.database
      .selectFrom('messages')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('status', 'in', ['queued', 'scheduled', 'sending'])
      .executeTakeFirst()
      .catch(() => undefined);
    const unanswered = latest.filter((one) => one.ids.size === 0).length;
    if (open !== undefined && Number(open.count) + unanswered < most) return;
    await sleep(200);
  }
}

async function count(
  { house, fakes }: Scene,
  { emails, strange }: Traffic,
  say: (line: string) => void,
): Promise<Pick<Result, 'emails' | 'unknown' | 'tally' | 'unresolved' | 'strange' | 'ownEnds'>> {
  const before = await settled(house, emails, { ms: SETTLE, say });
  const unknown = emails.filter((one) => [...one.ids].some((id) => before.get(id)?.status === 'unknown'));
  say(`${unknown.length} are unknown; a person looks into the providers' books`);
  const { unresolved } = await resolveUnknown(house, emails, before, ledgerOf(fakes, emails), FINISH);
  const rows = await settled(house, emails, { ms: SETTLE, say });
  return {
    ...{ emails, strange, unresolved, ownEnds: house.ownEnds() },
    unknown: new Set(unknown.map((one) => one.number)),
    tally: await tally(house, emails, rows, ledgerOf(fakes, emails)),
  };
}

/** What all providers together took: the same email twice anywhere is twice. */
function ledgerOf(fakes: Scene['fakes'], emails: readonly Email[]): Ledger {
  const ledger: Ledger = new Map();
  for (const address of [...fakes.values()].flatMap((fake) => fake.recipients())) {
    const number = emailAt(address);
    if (number === null) continue;
    const entry = ledger.get(number) ?? { times: 0, ids: emails[number - 1]?.ids ?? new Set() };
    entry.times += 1;
    ledger.set(number, entry);
  }
  return ledger;
}
