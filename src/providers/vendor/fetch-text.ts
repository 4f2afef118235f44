/** @module A small public text by its URL: what SNS signs with, and where a subscription is confirmed. */
import { createHttpCaller } from './http-call.js';

export interface FetchedText {
  status: number;
  /** Empty where it was longer than 64 KiB. */
  text: string;
}

/** @throws Error where there was no answer at all. */
export type FetchText = (url: string, signal: AbortSignal) => Promise<FetchedText>;

/** One GET: no redirect, no retry, a bounded answer. */
export const fetchText: FetchText = async (url, signal) => {
  const { origin, pathname, search } = new URL(url);
  const caller = createHttpCaller({ base: origin, connectTimeout: 3_000 });
  try {
    const answer = await caller.call({ method: 'GET', path: `${pathname}${search}`, headers: {}, signal });
    if ('failed' in answer) throw new Error(`no answer: ${answer.code}`);
    return answer;
  } finally {
    caller.close();
  }
};
