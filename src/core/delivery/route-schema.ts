/** @module Routes as people write them: in the config, and for a mailbox. Pure. */
import { z } from 'zod';
import { CATEGORIES } from '../email/request.js';
import { FAILOVER_TRIGGERS } from './triggers.js';

const step = z.strictObject({
  /** What people call it; nothing is found by it. */
  name: z.string().min(1).max(100).optional(),
  /** The name of a provider that is set up. */
  provider: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/u, 'must be the name of a provider'),
  /** Share of the first tries; 0 means never first. */
  weight: z.number().min(0).max(1000).default(100),
  /** Only after the others failed. */
  failover: z.boolean().default(false),
});

/** A provider that stands there twice would be asked once, with half of what was meant. */
const steps = z
  .array(step)
  .min(1)
  .max(20)
  .refine((all) => new Set(all.map((one) => one.provider)).size === all.length, 'names a provider twice');

/** Which refusals let the next provider try. An empty list keeps each email where it began. */
export const failoverTriggers = z.array(z.enum(FAILOVER_TRIGGERS)).max(FAILOVER_TRIGGERS.length);

const route = { providers: steps, failoverTriggers: failoverTriggers.optional() };

/** Of a mailbox: the providers alone, or with their triggers. */
export const mailboxRoute = z.union([steps, z.strictObject(route)]);

/** Of the config: for the messages that fit all that it names. */
export const routeRule = z.strictObject({
  /** Ids or addresses. */
  mailboxes: z.array(z.string().min(1).max(320)).min(1).max(1000).optional(),
  categories: z.array(z.enum(CATEGORIES)).min(1).optional(),
  /** Each recipient has to be in one of them. */
  recipientDomains: z
    .array(
      z
        .string()
        .max(253)
        .regex(
          /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/iu,
          'must be a domain such as x.example, or *.x.example for all below it',
        ),
    )
    .min(1)
    .max(1000)
    .optional(),
  ...route,
});
