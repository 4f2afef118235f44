/**
 * @module All that one measurement needs: a Temporal server on disk, an SMTP server, a store and the measured
 * process, each a process of its own on the loopback, ended with the scene.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { findTemporalBinary } from '../src/embedded/temporal-binary.js';
import { startTemporalServer } from '../src/embedded/temporal-server.js';
import { readServerRecord } from '../src/embedded/server-record.js';
import { startPostgres } from '../test/support/postgres.js';
import { heard, startChild, stopChild } from './child.js';
import type { FromHouse, HouseFigures, HouseReady, ToHouse } from './messages.js';
import type { Sinks } from './providers.js';
import { subjects, type Subjects } from './subjects.js';

export type StoreKind = 'postgres' | 'pglite';

export interface Scene {
  subjects: Subjects;
  client: Client;
  /** By name: what CPU time is read of. */
  pids: Record<string, number>;
  figures: () => Promise<HouseFigures>;
  api: { url: string; apiKey: string };
  sinks: Sinks;
  /** PostgreSQL's; PGlite has one user, the measured process. */
  databaseUrl: string | undefined;
  close: () => Promise<void>;
}

const isA =
  <T extends FromHouse['type']>(type: T) =>
  (message: unknown): message is Extract<FromHouse, { type: T }> =>
    (message as FromHouse).type === type;

export async function openScene(kind: StoreKind, say: (line: string) => void): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'mailwarden-bench-'));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const pids: Record<string, number> = { driver: process.pid };
    const temporal = await startTemporalServer({
      binary: await findTemporalBinary({ env: process.env, home: homedir(), say }),
      ...{ dataDir: folder, port: 0, uiPort: 0, logLevel: 'error', env: process.env, say },
      onFailure: (error) => say(error.message),
    });
    closing.push(() => temporal.stop());
    pids['temporal'] = readServerRecord(folder)?.child?.pid ?? 0;

    let databaseUrl: string | undefined;
    if (kind === 'postgres') {
      const postgres = await startPostgres({ fsync: 'on' });
      closing.push(() => postgres.stop());
      databaseUrl = await postgres.database('bench');
      pids['postgres'] = postgres.pid();
    }
    const openSink = async (name: 'smtp-sink' | 'http-sink'): Promise<{ port: number; pid: number }> => {
      const sink = startChild(name);
      closing.push(() => ended(sink, () => sink.disconnect()));
      const isPort = (message: unknown): message is { port: number } => 'port' in (message as object);
      return { ...(await heard(sink, isPort)), pid: sink.pid ?? 0 };
    };
    const [smtp, http] = [await openSink('smtp-sink'), await openSink('http-sink')];
    pids['smtp'] = smtp.pid;

    const house = startChild('house');
    const tell = (message: ToHouse): void => void house.send(message);
    closing.push(() => ended(house, () => tell({ type: 'stop' })));
    pids['mailwarden'] = house.pid ?? 0;
    const smtpUrl = `smtp://127.0.0.1:${smtp.port}`;
    const data = join(folder, 'house');
    mkdirSync(data);
    tell({ type: 'open', settings: { folder: data, temporal: temporal.address, smtpUrl, databaseUrl } });
    const ready: HouseReady = await heard(house, isA('ready'));

    const connection = await Connection.connect({ address: temporal.address });
    closing.push(() => connection.close());
    const client = new Client({ connection, namespace: temporal.namespace });
    return {
      subjects: subjects(client, ready, sentBy(house)),
      client,
      pids,
      api: { url: ready.url, apiKey: ready.key },
      sinks: { smtp: smtpUrl, http: `http://127.0.0.1:${http.port}` },
      databaseUrl,
      async figures() {
        const answer = heard(house, isA('figures'));
        tell({ type: 'figures' });
        return await answer;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ended(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.connected) ask();
  await stopChild(child);
}

/** Resolves once the measured process says that this id was sent. */
function sentBy(house: ChildProcess): (id: string) => Promise<void> {
  const waiting = new Map<string, () => void>();
  house.on('message', (message: FromHouse) => {
    if (message.type !== 'sent') return;
    waiting.get(message.id)?.();
    waiting.delete(message.id);
  });
  return (id) => new Promise((resolve) => waiting.set(id, resolve));
}
