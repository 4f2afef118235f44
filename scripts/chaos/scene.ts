/**
 * @module The house with a wire on each way out of each of its processes, and the fakes behind the wires.
 */
import type { ConfigInput } from '../../src/config.js';
import { startTcpProxy, type TcpProxy } from '../../test/support/tcp-proxy.js';
import { openHouse, type House, type HouseOptions, type Resident } from '../kill/house.js';
import { Ambush } from './ambush.js';
import { startDatabaseWire } from './database-wire.js';
import { openFake, type Fake } from './fakes.js';
import { POINTS } from './points.js';
import { startProviderWire } from './provider-wire.js';
import { startTemporalWire } from './temporal-wire.js';
import type { Wire } from './wire.js';

/** Mail of this category is tried again where nobody knows, at a provider that deduplicates. */
export const RETRIED = 'conversational';

/** Carries what another provider was not there for; nobody ever refuses here. */
export const BACKUP = 'backup';

export interface Scene {
  house: House;
  ambush: Ambush;
  /** By the name of the provider; the backup is among them. */
  fakes: ReadonlyMap<string, Fake>;
  /** Lets wires know an email by its id, besides its address. */
  name(id: string, email: number): void;
  /** Nobody can connect to this provider, or everybody can again. */
  refuse(provider: string, refuses: boolean): Promise<void>;
  stop(): Promise<void>;
}

export const addressOf = (email: number): string => `p${email}@chaos.example`;
export const emailAt = (address: string): number | null => {
  const found = /p(\d+)(?:@|%40)chaos\.example/u.exec(address);
  return found === null ? null : Number(found[1]);
};

/**
 * Emails that stand in a transaction hold what they have locked of their mailbox: those that are on their way at once
 * are each from another one.
 */
export const mailboxOf = (provider: string, slot: number, isReviewed: boolean): string =>
  `${provider}-${slot}${isReviewed ? '-reviewed' : ''}@sender.example`;

/** What a transaction was, as its audit rows tell. */
const AUDITED = /\b(?:message|delivery)\.(?:admitted|approved|claimed|sent|retry|unknown|delivered)\b/gu;

export async function openScene(names: readonly string[], slots: number): Promise<Scene> {
  const ids = new Map<string, number>();
  const ambush = new Ambush();
  const idIn = (text: string): number | null => {
    for (const [id] of text.matchAll(/msg_[a-z2-7]{52}/gu)) {
      const email = ids.get(id);
      if (email !== undefined) return email;
    }
    return null;
  };
  const emailIn = (bytes: Buffer): number | null => {
    const text = bytes.toString('latin1');
    return emailAt(text) ?? idIn(text);
  };

  const open: { stop(): Promise<void> }[] = [];
  const keep = <T extends { stop(): Promise<void> }>(one: T): T => {
    open.unshift(one);
    return one;
  };
  const stop = async (): Promise<void> => {
    for (const one of open) await one.stop();
  };
  const fakes = new Map<string, Fake>();
  const gates = new Map<string, TcpProxy[]>();

  async function wiresOf(resident: Resident): Promise<ConfigInput['providers']> {
    const made: ConfigInput['providers'] = [];
    for (const [provider, fake] of fakes) {
      const wire = keep(
        await startProviderWire(fake.port, fake.protocol, { ambush, process: resident, provider, emailIn }),
      );
      const gate = keep(await startTcpProxy(wire));
      gates.set(provider, [...(gates.get(provider) ?? []), gate]);
      made.push({
        ...fake.settings(provider, gate.port),
        ...PATIENCE,
        weight: provider === BACKUP ? 0 : 100,
      });
    }
    return made;
  }

  try {
    for (const name of names) fakes.set(name, keep(await openFake(name, name)));
    fakes.set(BACKUP, keep(await openFake('smtp', BACKUP)));
    const house = keep(
      await openHouse({
        secrets: Object.assign({}, ...[...fakes.values()].map((one) => one.secrets)) as Record<
          string,
          string
        >,
        settings: async (resident) => ({ ...SETTINGS, providers: await wiresOf(resident) }),
        async wires(resident, straight) {
          const database: Wire = await startDatabaseWire(straight.database, {
            ...{ ambush, process: resident },
            read: (transaction) => readTransaction(transaction, idIn, [...fakes.keys()]),
          });
          const temporal = await startTemporalWire(straight.temporal, {
            ...{ ambush, process: resident, calls: CALLS },
            emailIn: (bytes) => idIn(bytes.toString('latin1')),
          });
          return { database: keep(database).port, temporal: keep(temporal).port };
        },
        mailboxes: names.flatMap((provider) =>
          Array.from({ length: slots }, (_, slot) => mailboxesOf(provider, slot)).flat(),
        ),
      }),
    );
    return {
      ...{ house, ambush, fakes, stop },
      name: (id, email) => void ids.set(id, email),
      async refuse(provider, refuses) {
        for (const gate of gates.get(provider) ?? []) await gate.become(refuses ? 'refuse' : 'pass');
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const mailboxesOf = (provider: string, slot: number): HouseOptions['mailboxes'] =>
  [false, true].map((isReviewed) => ({
    address: mailboxOf(provider, slot, isReviewed),
    autonomy: isReviewed ? 'review_all' : 'auto',
    route: [
      { provider, weight: 100, failover: false },
      { provider: BACKUP, weight: 100, failover: true },
    ],
  }));

/** The calls to Temporal at which somebody waits. */
const CALLS: ReadonlySet<string> = new Set(
  POINTS.flatMap(({ what }) => (what.startsWith('rpc ') ? [what.slice(4)] : [])),
);

/** `settled NAME`: the email was taken away from this provider, so that the next one in its route is asked. */
function readTransaction(
  transaction: string,
  idIn: (text: string) => number | null,
  providers: readonly string[],
): { email: number; what: string } | null {
  if (!/\b(?:insert into|update) "/u.test(transaction)) return null;
  const email = idIn(transaction);
  if (email === null) return null;
  const audited = transaction.includes('insert into "audit"') ? transaction.match(AUDITED) : null;
  const settled = providers
    .filter((one) => transaction.includes(`["${one}"]`))
    .map((one) => `settled ${one}`);
  return { email, what: [...new Set(audited), ...settled].join(' | ') };
}

/** Short, so that what a dead process held is free again within seconds. */
const PATIENCE = {
  retry: { maximumAttempts: 2, initialInterval: '300ms', maximumInterval: '1s' },
  timeouts: { scheduleToStart: '40s', startToClose: '10s', heartbeat: '3s', scheduleToClose: '1m' },
};

const SETTINGS: ConfigInput = {
  // Two keys ask for everything, and after an outage all at once.
  http: { rateLimit: { perSecond: 1000, burst: 1000 } },
  delivery: {
    ...{ roundBackoff: ['1s'], giveUpAfter: '1h', checkDomains: false },
    // Providers refuse here by turns, for moments, and nobody is to be spared for it.
    breaker: { failures: 100, within: '1s', openFor: '100ms', longest: '1s' },
    onUnknown: { [RETRIED]: 'retry_same' },
    unknown: { lookups: ['500ms', '2s', '5s'], retries: ['1s', '3s'], interval: '500ms' },
  },
  // Nothing but a report ends it before the count.
  feedback: { window: '1h' },
  sweep: { interval: '2s', quietFor: '10s' },
};
