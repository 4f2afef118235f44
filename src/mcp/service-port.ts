/** @module Mailwarden, asked within the same process, as the key that made the request. */
import type { Logger } from 'pino';
import { problemOf } from '../http/problem.js';
import { withinTime } from '../http/time-limit.js';
import type { Service } from '../service/index.js';
import { OPERATIONS } from '../service/operations.js';
import type { Caller } from '../store/store.js';
import type { Port, ShownProblem } from './port.js';

export interface ServicePortDeps {
  service: Pick<Service, 'call'>;
  log: Pick<Logger, 'error'>;
  /** Milliseconds within which a call is answered, besides what it asks to wait. */
  timeLimit: number;
}

export function servicePort({ service, log, timeLimit }: ServicePortDeps, caller: Caller): Port {
  return {
    identity: () =>
      Promise.resolve({
        scopes: caller.scopes,
        isPerson: caller.kind === 'person',
        hasOneMailbox: caller.mailboxes?.length === 1,
      }),
    async call(name, input, signal = new AbortController().signal) {
      const waits = typeof input['wait'] === 'number' ? input['wait'] * 1000 : 0;
      const timed = { ms: timeLimit + waits, signal, readsOnly: OPERATIONS[name].method === 'GET' };
      try {
        const output = await withinTime(timed, (ends) => service.call(name, caller, input, { signal: ends }));
        return { output };
      } catch (error) {
        const problem = problemOf(error);
        if (problem.status >= 500)
          log.error({ operation: name, code: problem.code, err: problem.cause ?? error }, 'tool failed');
        return { problem: problem.toJSON() as ShownProblem };
      }
    },
  };
}
