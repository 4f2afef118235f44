/**
 * @module The embedded Temporal server: starts it on disk, waits until it is healthy, starts it again when
 * it dies, and stops it. The data folder must be locked (data-lock.ts) by whoever calls.
 */
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { firstFreePort, isPortFree, PortTaken } from './free-port.js';
import type { ServerRecord } from './server-record.js';
import { endProcess, readServerRecord, strayServers, writeServerRecord } from './server-record.js';
import type { TemporalChild } from './temporal-child.js';
import { databaseIn, HOST, lastWords, logIn, spawnTemporal } from './temporal-child.js';
import { askHealth, NAMESPACE } from './temporal-health.js';

const DEFAULT_PORT = 7233;
const DEFAULT_UI_PORT = 8233;

/** All in milliseconds. */
export interface ServerTiming {
  healthy: number;
  /** Between SIGTERM and SIGKILL. */
  stop: number;
  /** Waits before it is started again; when they are used up, it has failed. */
  backoff: readonly number[];
  /** A run that lasts this long starts the waits anew. */
  stable: number;
}
const TIMING: ServerTiming = {
  healthy: 20_000,
  stop: 10_000,
  backoff: [100, 500, 1_000, 2_000, 5_000],
  stable: 60_000,
};

export interface TemporalServerOptions {
  binary: string;
  /** Absolute path, locked by the caller. */
  dataDir: string;
  /** Absent: the one of last time, else 7233, else a free one. 0: a free one. */
  port?: number | undefined;
  uiPort?: number | undefined;
  logLevel?: string;
  env: Readonly<Record<string, string | undefined>>;
  say: (line: string) => void;
  /** It died more often than it is started again; nothing will start it any more. */
  onFailure: (error: TemporalServerFailed) => void;
  timing?: Partial<ServerTiming>;
}

/** The server does not start or does not stay. The message is the one line to show. */
export class TemporalServerFailed extends Error {
  override name = 'TemporalServerFailed';
}

export interface TemporalServer {
  /** `host:port` of gRPC. */
  address: string;
  namespace: string;
  uiUrl: string;
  stop(): Promise<void>;
}

export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const supervisor = new Supervisor(options, { ...TIMING, ...options.timing });
  return supervisor.start();
}

class Supervisor {
  private child: TemporalChild | null = null;
  private record: ServerRecord = { child: null, port: 0, uiPort: 0, namespaceId: null };
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: TemporalServerOptions,
    private readonly timing: ServerTiming,
  ) {}

  async start(): Promise<TemporalServer> {
    const { dataDir } = this.options;
    const last = readServerRecord(dataDir);
    await this.endPredecessors(last);
    // A database that was deleted comes back with another namespace.
    const namespaceId = existsSync(databaseIn(dataDir)) ? (last?.namespaceId ?? null) : null;
    this.record = { child: null, port: last?.port ?? 0, uiPort: last?.uiPort ?? 0, namespaceId };
    await this.startOnFreePorts();
    this.watching = this.watch();
    return {
      address: this.address,
      namespace: NAMESPACE,
      uiUrl: `http://${HOST}:${this.record.uiPort}`,
      stop: () => this.stop(),
    };
  }

  /** Between our look at a port and the child's, somebody else may take it: then we look again. */
  private async startOnFreePorts(): Promise<void> {
    const { port: grpc, uiPort: ui } = this.options;
    for (let tries = 3; ; tries--) {
      const port = await choosePort(
        "Temporal's gRPC",
        grpc,
        this.record.port,
        DEFAULT_PORT,
        '--temporal-port',
        [],
      );
      const uiPort = await choosePort(
        "Temporal's UI",
        ui,
        this.record.uiPort,
        DEFAULT_UI_PORT,
        '--temporal-ui-port',
        [port],
      );
      this.record = { ...this.record, port, uiPort };
      try {
        await this.run();
        return;
      } catch (error) {
        const wasTaken = !(await isPortFree(port)) || !(await isPortFree(uiPort));
        if (wasTaken && tries > 1) continue;
        this.save({ child: null });
        throw error;
      }
    }
  }

  private get address(): string {
    return `${HOST}:${this.record.port}`;
  }

  /** Two servers on one SQLite file open without complaint: none of an earlier life may be left. */
  private async endPredecessors(last: ServerRecord | null): Promise<void> {
    const left = [...(last?.child ? [last.child] : []), ...strayServers(databaseIn(this.options.dataDir))];
    for (const one of left) await endProcess(one, this.timing.stop);
  }

  /** Starts the server once and waits until it is healthy. */
  private async run(): Promise<void> {
    const { binary, dataDir, logLevel = 'warn', env } = this.options;
    const { port, uiPort } = this.record;
    const child = spawnTemporal({ binary, dataDir, port, uiPort, logLevel, env });
    this.child = child;
    this.save({ child: child.identity });
    const deadline = Date.now() + this.timing.healthy;
    let unhealthy = `not healthy within ${this.timing.healthy / 1000} s`;
    while (!child.hasEnded() && !this.stopping.signal.aborted && Date.now() < deadline) {
      const namespaceId = await askHealth(this.address);
      if (namespaceId !== null && (await this.isOurs(child, namespaceId))) {
        this.save({ namespaceId });
        return;
      }
      if (namespaceId !== null) unhealthy = `port ${port} is answered by another Temporal server`;
      await Promise.race([child.ended, setTimeout(50)]);
    }
    if (this.stopping.signal.aborted) return;
    const how = child.hasEnded() ? await child.ended : unhealthy;
    await this.end(child);
    const reason = lastWords(dataDir);
    throw new TemporalServerFailed(
      `the Temporal server did not start (${how}${reason && `: ${reason}`}); its log is ${logIn(dataDir)}`,
    );
  }

  /**
   * Somebody else may have taken the port between our look and the child's: then the answer is of another
   * server, and our child is about to end. The namespace's id tells, once we know it.
   */
  private async isOurs(child: TemporalChild, namespaceId: string): Promise<boolean> {
    if (this.record.namespaceId !== null) return this.record.namespaceId === namespaceId;
    await Promise.race([child.ended, setTimeout(250)]);
    return !child.hasEnded();
  }

  private async watch(): Promise<void> {
    let started = Date.now();
    let failures = 0;
    while (this.child) {
      const how = await this.child.ended;
      if (this.stopping.signal.aborted) return;
      if (Date.now() - started >= this.timing.stable) failures = 0;
      const wait = this.timing.backoff[failures++];
      if (wait === undefined) {
        this.save({ child: null });
        const { dataDir, onFailure } = this.options;
        const message = `the Temporal server ended ${failures} times in a row (${how}: ${lastWords(dataDir)}); its log is ${logIn(dataDir)}`;
        onFailure(new TemporalServerFailed(message));
        return;
      }
      this.options.say(`the Temporal server ended (${how}); starting it again`);
      if (!(await this.pauseUnlessStopped(wait))) return;
      started = Date.now();
      // A failed start leaves an ended child behind, which the loop counts like any other end.
      await this.run().catch((error: unknown) => this.options.say((error as Error).message));
    }
  }

  /** False, and at once, when it is being stopped. */
  private async pauseUnlessStopped(milliseconds: number): Promise<boolean> {
    try {
      await setTimeout(milliseconds, undefined, { signal: this.stopping.signal });
      return true;
    } catch {
      return false;
    }
  }

  private async stop(): Promise<void> {
    this.stopping.abort();
    if (this.child) await this.end(this.child);
    await this.watching;
    // `run` may have been just about to start another.
    if (this.child) await this.end(this.child);
    if (this.record.port !== 0) this.save({ child: null });
  }

  private async end(child: TemporalChild): Promise<void> {
    if (child.hasEnded()) return;
    child.process.kill('SIGTERM');
    const ended = await Promise.race([child.ended, setTimeout(this.timing.stop, undefined, { ref: false })]);
    if (ended === undefined) child.process.kill('SIGKILL');
    await child.ended;
  }

  private save(change: Partial<ServerRecord>): void {
    this.record = { ...this.record, ...change };
    writeServerRecord(this.options.dataDir, this.record);
  }
}

async function choosePort(
  what: string,
  given: number | undefined,
  last: number,
  usual: number,
  flag: string,
  except: readonly number[],
): Promise<number> {
  if (given) {
    if (except.includes(given) || !(await isPortFree(given))) throw new PortTaken(what, given, flag);
    return given;
  }
  const wanted = given === 0 ? [] : [usual];
  return firstFreePort(last === 0 ? wanted : [last, ...wanted], except);
}
