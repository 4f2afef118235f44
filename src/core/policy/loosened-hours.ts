/** @module Whether the hours of a policy became longer. Pure. */
import { canonical } from '../email/canonical.js';
import { isAlwaysOpen, openWeek } from './open-hours.js';
import type { Hours, Span } from './settings/hours.js';

const KNOWN = ['timeZone', 'ofRecipients', 'allowed', 'quiet', 'holidays', 'except'];

/** The fields, as `hours.quiet`, by which email may go at a time at which it could not; other zones always may. */
export function loosenedHours(before: Hours, after: Hours): string[] {
  if (isAlwaysOpen(before)) return [];
  const isShorter = isWithin(openWeek(after), openWeek(before));
  const quietWeek = ({ quiet }: Hours): Span[] => openWeek({ allowed: [], quiet });
  const allowedWeek = ({ allowed }: Hours): Span[] => openWeek({ allowed, quiet: [] });
  const looser: Readonly<Record<string, boolean>> = {
    timeZone: before.timeZone !== after.timeZone,
    ofRecipients: canonical(before.ofRecipients) !== canonical(after.ofRecipients),
    allowed: !isShorter && !isWithin(allowedWeek(after), allowedWeek(before)),
    quiet: !isShorter && !isWithin(quietWeek(after), quietWeek(before)),
    holidays: before.holidays.some((day) => !after.holidays.includes(day)),
    except: after.except.some((category) => !before.except.includes(category)),
    ...unknown(before, after),
  };
  return Object.keys(looser)
    .filter((name) => looser[name])
    .map((name) => `hours.${name}`);
}

/** Spans are in order and do not touch each other. */
const isWithin = (inner: readonly Span[], outer: readonly Span[]): boolean =>
  inner.every(([from, until]) => outer.some(([a, b]) => a <= from && until <= b));

function unknown(before: Hours, after: Hours): Record<string, boolean> {
  const [was, is] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = [...was.keys(), ...is.keys()].filter((name) => !KNOWN.includes(name));
  return Object.fromEntries(
    names.map((name) => [name, canonical(was.get(name) ?? null) !== canonical(is.get(name) ?? null)]),
  );
}
