/** @module What policy says of addresses that somebody has labelled: one JSON list of `{ id, address, … }`. */
import { z } from 'zod';
import { syntaxOf, type AddressSyntax } from '../../src/core/email/address.js';

const verdict = z.enum(['ok', 'unusual', 'invalid']);

const casesSchema = z.array(
  z.looseObject({
    id: z.string(),
    address: z.string(),
    /** What it ought to be, where somebody has said so. */
    verdict: verdict.optional(),
    category: z.string().default(''),
  }),
);

/** @throws ZodError that names the case and field. */
export const readAddresses = (text: string): z.output<typeof casesSchema> =>
  casesSchema.parse(JSON.parse(text));

type Cases = ReturnType<typeof readAddresses>;

/** By id, as the rule address_syntax and the doors judge them. */
export const verdictsOn = (cases: Cases): Record<string, AddressSyntax> =>
  Object.fromEntries(cases.map(({ id, address }) => [id, syntaxOf(address)]));

/** A line per category, and one per case that differs; no address, because such a list may be of real people. */
export function agreementOn(cases: Cases): string[] {
  const labelled = cases.filter((one) => one.verdict !== undefined);
  const differing = labelled.filter((one) => syntaxOf(one.address) !== one.verdict);
  const count = (all: Cases, category: string): number =>
    all.filter((one) => one.category === category).length;
  const row = (name: string, agree: number, all: number): string =>
    `${name.padEnd(28)}${String(agree).padStart(8)}${String(all).padStart(8)}`;
  const categories = [...new Set(labelled.map((one) => one.category))].sort();
  return [
    `${'category'.padEnd(28)}${'agree'.padStart(8)}${'of'.padStart(8)}`,
    ...categories.map((name) => {
      const all = count(labelled, name);
      return row(name || '(none)', all - count(differing, name), all);
    }),
    row('all', labelled.length - differing.length, labelled.length),
    ...differing.map((one) => `${one.id}: labelled ${one.verdict}, judged ${syntaxOf(one.address)}`),
  ];
}
