/**
 * @module The real SMTP provider at a scripted SMTP server: for tests of what an answer on the wire makes of
 * an email. And the hook at which reports of it come in.
 */
import { createSmtpProvider } from '../../src/providers/smtp/smtp.js';
import { createReportReader, signReports } from '../../src/providers/reports.js';
import type { Provider } from '../../src/providers/provider.js';
import type { ProviderReport } from '../../src/core/delivery/receipt.js';
import { openDoor, type Answer } from './door.js';
import { startScriptedSmtp, type ScriptedSmtp, type SmtpScript } from './smtp.js';
import type { TestStore } from './store.js';
import type { Warden } from './warden.js';

const SECRET = `whsec_${Buffer.from('a secret of 24 bytes ...').toString('base64')}`;

export interface Relay {
  provider: Provider;
  server: ScriptedSmtp;
  /** The addresses that each conversation named with RCPT, in order, whatever the server said to them. */
  asked(): string[][];
  /** The recipients of each email that the server took. */
  took(): string[][];
  /** From here on another script, and nothing has been said yet. */
  follow(script: SmtpScript): void;
  stop(): Promise<void>;
}

export async function startRelay(name: string): Promise<Relay> {
  let script: SmtpScript = {};
  // The server looks up each answer at the moment at which it gives it.
  const server = await startScriptedSmtp(
    new Proxy<SmtpScript>({}, { get: (_, point) => Reflect.get(script, point) as unknown }),
  );
  const provider = createSmtpProvider({ name, url: server.url, webhookSecret: [SECRET] });
  return {
    provider,
    server,
    asked: () =>
      server.commands
        .join('\n')
        .split(/^MAIL.*$/mu)
        .slice(1)
        .map((one) => [...one.matchAll(/^RCPT TO:<(.*?)>/gmu)].map((match) => match[1] ?? '')),
    took: () => server.received.map((one) => one.to),
    follow(next) {
      script = next;
      server.commands.length = 0;
      server.received.length = 0;
    },
    async stop() {
      await provider.close?.();
      await server.stop();
    },
  };
}

/** Another answer each time that it is asked; the last one stays. */
export function inTurn<T>(...answers: [T, ...T[]]): () => T {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] as T;
}

export type Hook = (...reports: ProviderReport[]) => Promise<Answer>;

/** `POST /v1/hooks/{provider}` of a door that shares the warden's store and Temporal. */
export async function openHook(warden: Warden, name: string): Promise<Hook> {
  const clock = (): Date => new Date();
  const door = await openDoor({ store: warden.store, clock } as unknown as TestStore, {
    hookReaders: { [name]: { readHook: createReportReader(name, [SECRET]) } },
    deps: {
      temporal: { client: warden.temporal.client, taskQueue: warden.taskQueue },
      ring: warden.ring,
      clock,
      deadlines: { wake: 500 },
    },
  });
  return (...reports) => {
    const raw = JSON.stringify({ reports });
    return door.ask('POST', `/v1/hooks/${name}`, { key: null, raw, headers: signReports(SECRET, raw) });
  };
}
