/** @module The points of a delivery at which a worker is killed, and what must have become of the email. */
import type { Cut } from './tap.js';

type Verb = 'admit' | 'claim' | 'recordReceipt' | 'settle' | 'applyReports' | 'view' | 'close';

/** `before:` and `after:` a transaction of the store; the others are explained in worker.js. */
export type Moment = `${'before' | 'after'}:${Verb}` | 'wire' | 'answer';

/** What a worker process is told, as JSON in its only argument. */
export interface Orders {
  temporal: string;
  databaseUrl: string;
  taskQueue: string;
  sealKey: string;
  config: object;
  /** Null: it is killed by somebody else. */
  moment: Moment | null;
  /** Dies when it is there for this time, from 1. */
  nth: number;
}

export interface Point {
  title: string;
  /** One worker after the other dies so; then one comes that lives. `outside`: killed once the email is sent. */
  deaths: readonly (Moment | Cut | 'outside')[];
  /** The email's status in the end; how often the SMTP server took it. */
  ends: 'sent' | 'unknown' | 'delivered';
  received: 0 | 1;
  /** Emails at once; the worker dies at the third. What happened to each is not known beforehand. */
  crowd?: true;
  /** Temporal tries a delivery once only, so that the workflow has to settle what nobody answered. */
  single?: true;
  /** The SMTP server answers 451 at first. */
  refusedOnce?: true;
  /** Once it is sent a report comes: by a signal that carries it, or applied before and the signal only wakes. */
  report?: 'signal' | 'webhook';
}

export const POINTS: readonly Point[] = [
  { title: 'before the admission', deaths: ['before:admit'], ends: 'sent', received: 1 },
  { title: 'after the admission was committed', deaths: ['after:admit'], ends: 'sent', received: 1 },
  { title: 'before the claim', deaths: ['before:claim'], ends: 'sent', received: 1 },
  { title: 'after the claim', deaths: ['after:claim'], ends: 'unknown', received: 0 },
  {
    title: 'after the claim, and before the retry that finds it',
    deaths: ['after:claim', 'before:claim'],
    ends: 'unknown',
    received: 0,
  },
  {
    title: 'after the claim, and while that is settled',
    deaths: ['after:claim', 'after:settle'],
    single: true,
    ends: 'unknown',
    received: 0,
  },
  { title: 'right before the content', deaths: ['wire'], ends: 'unknown', received: 0 },
  { title: 'in the middle of the content', deaths: ['content'], ends: 'unknown', received: 0 },
  { title: 'when the server has taken it, unheard', deaths: ['reply'], ends: 'unknown', received: 1 },
  { title: 'before the receipt', deaths: ['before:recordReceipt'], ends: 'unknown', received: 1 },
  { title: 'after the receipt was committed', deaths: ['after:recordReceipt'], ends: 'sent', received: 1 },
  { title: 'after the answer of the activity', deaths: ['answer'], ends: 'sent', received: 1 },
  {
    title: 'after the receipt of a refusal',
    deaths: ['after:recordReceipt'],
    refusedOnce: true,
    ends: 'sent',
    received: 1,
  },
  {
    title: 'before a refusal is settled',
    deaths: ['before:settle'],
    single: true,
    refusedOnce: true,
    ends: 'sent',
    received: 1,
  },
  {
    title: 'after a refusal was settled',
    deaths: ['after:settle'],
    single: true,
    refusedOnce: true,
    ends: 'sent',
    received: 1,
  },
  {
    title: 'while it waits for reports',
    deaths: ['outside'],
    report: 'webhook',
    ends: 'delivered',
    received: 1,
  },
  {
    title: 'before a report is applied',
    deaths: ['before:applyReports'],
    report: 'signal',
    ends: 'delivered',
    received: 1,
  },
  {
    title: 'after a report was applied',
    deaths: ['after:applyReports'],
    report: 'signal',
    ends: 'delivered',
    received: 1,
  },
  {
    title: 'when a report wakes it, before it looks',
    deaths: ['before:view'],
    report: 'webhook',
    ends: 'delivered',
    received: 1,
  },
  {
    title: 'when a report wakes it, after it looked',
    deaths: ['after:view'],
    report: 'webhook',
    ends: 'delivered',
    received: 1,
  },
  { title: 'before the window is closed', deaths: ['before:close'], ends: 'sent', received: 1 },
  { title: 'after the window was closed', deaths: ['after:close'], ends: 'sent', received: 1 },
  {
    title: 'after the third claim of five',
    deaths: ['after:claim'],
    crowd: true,
    ends: 'unknown',
    received: 0,
  },
  {
    title: 'before the third receipt of five',
    deaths: ['before:recordReceipt'],
    crowd: true,
    ends: 'unknown',
    received: 1,
  },
];
