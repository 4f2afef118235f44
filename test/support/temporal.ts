/**
 * @module The run's one Temporal server, as tests reach it. `global-setup.ts` starts it and provides its address.
 */
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    temporalAddress: string;
    /** The path of the workflows as one file. */
    workflowBundle: string;
  }
}

export const temporalAddress = (): string => inject('temporalAddress');

/** Connections of a test file to the run's server; `close` them in `afterAll`. */
export interface TemporalAccess {
  address: string;
  client: Client;
  /** For workers. */
  connection: NativeConnection;
  close(): Promise<void>;
}

export async function connectTemporal(namespace = 'default'): Promise<TemporalAccess> {
  const address = temporalAddress();
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  return {
    address,
    client: new Client({ connection, namespace }),
    connection: native,
    async close() {
      await connection.close();
      await native.close();
    },
  };
}

let counter = 0;

/** A task queue of its own, so that tests of one server don't take each other's work. */
export const ownTaskQueue = (name = 'test'): string => `${name}-${process.pid}-${(counter += 1)}`;
