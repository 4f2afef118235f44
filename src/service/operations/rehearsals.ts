/** @module Operations: what policy would say, of emails that nobody sends and of those that were sent. */
import { replayedSchema, replaySchema, simulatedSchema, simulationSchema } from '../schemas/rehearsal.js';
import type { Operation } from './operation.js';

export const REHEARSALS = {
  'messages.simulate': {
    method: 'POST',
    path: '/v1/simulations',
    scopes: ['messages:send', 'policy:admin'],
    input: simulationSchema,
    output: simulatedSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Says what policy would say of up to 500 emails, each by itself, and sends none: it runs what a send runs, on the same facts, and writes nothing. With `policy`, a merge patch, by that policy in the place of the one that holds. The facts may have changed when the email is sent, so that this is no promise; DNS is not asked.',
    example: {
      input: {
        mailbox: 'support@example.com',
        requests: [{ to: 'ada@example.net', subject: 'Your order', text: 'It is on its way.' }],
      },
      output: {
        asOf: '2026-01-31T09:00:00.000Z',
        results: [
          {
            ...{ index: 0, outcome: 'wait', status: 'scheduled', wouldGoAt: '2026-02-02T08:00:00.000Z' },
            verdict: {
              outcome: 'wait',
              checks: [
                {
                  ...{ rule: 'sending_hours', status: 'failed', effect: 'wait' },
                  evidence: { timeZone: 'Europe/Berlin', clock: 'sat 10:00' },
                  until: '2026-02-02T08:00:00.000Z',
                },
              ],
              policyVersion: '3f3f3f3f3f3f',
              until: '2026-02-02T08:00:00.000Z',
              explain: {
                sentence:
                  'Policy lets it go at 2026-02-02T08:00:00.000Z: sending_hours (clock sat 10:00, timeZone Europe/Berlin).',
                retryable: false,
                retryAfter: 169_200,
                wouldPass: ['Wait: it goes by itself when the hours open.'],
              },
            },
          },
        ],
      },
    },
    cli: {
      words: 'policy simulate',
      args: [],
      summary: 'Say what policy would say of emails, and send none',
    },
  },
  'policy.replay': {
    method: 'POST',
    path: '/v1/policy/replays',
    scopes: ['policy:admin'],
    input: replaySchema,
    output: replayedSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Judges the latest emails again, by the policy that holds and by a candidate (a merge patch on it), and names those of which the two say something else. Both judge the same facts: of the time of the email its content, its hour, what its mailbox had sent and whom it knew; of now everything else, such as suppressions and consent. `facts` says which. Nothing is changed.',
    example: {
      input: { policy: { deny: ['example.net'] }, since: '2026-01-01T00:00:00Z' },
      output: {
        judged: 120,
        counts: { 'allow allow': 118, 'allow deny': 2 },
        facts: { ofThen: ['content', 'time', 'usage', 'contacted'], ofNow: ['everything else'] },
        differences: [
          {
            ...{
              id: 'msg_2b7k4qz6xw3n5j8r1t9v0c',
              mailbox: 'mbx_5e1x',
              createdAt: '2026-01-31T09:00:00.000Z',
            },
            ...{ then: 'allow', live: 'allow', candidate: 'deny', rules: ['recipient_deny_list'] },
          },
        ],
      },
    },
    cli: {
      words: 'policy replay',
      args: [],
      summary: 'Judge past emails by a candidate policy and show what differs',
    },
  },
} as const satisfies Record<string, Operation>;
