/** @module Operations: whether an address can be written to. */
import { z } from 'zod';
import { DELIVERABILITIES } from '../../core/email/deliverability.js';
import type { Operation } from './operation.js';
import { mailboxName } from '../schemas/page.js';

const checkedSchema = z.object({
  /** Normalised; as it was written where it is none. */
  address: z.string(),
  result: z.enum(DELIVERABILITIES),
  /** Everything that was found, for or against it. */
  reasons: z.array(z.object({ code: z.string(), detail: z.string() })),
  /** The address that was probably meant. */
  suggestion: z.string().optional(),
  /** It must not be written to: an email to it is denied. */
  suppressed: z.boolean(),
});

export const ADDRESSES = {
  'addresses.check': {
    method: 'POST',
    path: '/v1/addresses/check',
    scopes: ['messages:send', 'messages:read'],
    input: z.strictObject({
      /** Anything that claims to be an address: what is none is answered, not refused. */
      address: z.string().min(1).max(1_000),
      /** Id or address: its own suppressions count too, as they do where the key has only one mailbox. */
      mailbox: mailboxName.optional(),
    }),
    output: checkedSchema,
    problems: ['mailbox_unknown'],
    success: 200,
    idempotent: true,
    description:
      'Says what is known of an address without writing to it: its syntax, the suppression list, earlier deliveries ' +
      'of the mailboxes that the key may see, and whether its domain takes mail. `undeliverable`: do not write to it. `risky`: a role ' +
      'address, an unusual one, or a likely typo (see `suggestion`). `unknown`: DNS did not answer; ask again later. ' +
      '`deliverable` means that nothing speaks against it: whether a mailbox exists nobody can know without sending. ' +
      'It decides nothing: policy judges every email when it is sent.',
    example: {
      input: { address: 'ada@gmial.com' },
      output: {
        address: 'ada@gmial.com',
        suppressed: false,
        result: 'risky',
        reasons: [
          { code: 'domain_accepts_mail', detail: 'the domain names a host that takes its mail' },
          {
            code: 'likely_typo',
            detail: 'the domain is one slip away from a large provider; see suggestion',
          },
        ],
        suggestion: 'ada@gmail.com',
      },
    },
    cli: { words: 'addresses check', args: ['address'], summary: 'Say whether an address can be written to' },
  },
} as const satisfies Record<string, Operation>;
