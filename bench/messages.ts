/** @module What the measured process and the one that measures say to each other. */
export interface HouseSettings {
  /** An empty folder: the store, unless `databaseUrl` names another, and the keys. */
  folder: string;
  temporal: string;
  smtpUrl: string;
  databaseUrl?: string | undefined;
}

export type ToHouse = { type: 'open'; settings: HouseSettings } | { type: 'figures' } | { type: 'stop' };

export interface HouseReady {
  type: 'ready';
  url: string;
  /** The yardstick of a door: a route that does nothing but start the workflow. */
  bareUrl: string;
  key: string;
  /** Of the null provider's webhook. */
  hookSecret: string;
  /** Mailbox ids, by what becomes of their mail. */
  mailboxes: { null: string; smtp: string; held: string };
}

export interface HouseFigures {
  type: 'figures';
  /** Transactions of the store since the start, by verb. */
  transactions: Record<string, number>;
  /** Resident memory in bytes, after a collection where the process can ask for one. */
  memory: number;
}

export type FromHouse = HouseReady | HouseFigures | { type: 'sent'; id: string };
