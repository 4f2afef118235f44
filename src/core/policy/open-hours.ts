/**
 * @module When the hours of a policy are open. Whether they are is said by the clock on the wall: an hour that summer
 * time skips is in no window, and one that comes twice is in it both times. Pure.
 */
import { IANAZone } from 'luxon';
import { DAY, spansOf, WEEK, type Hours, type Span } from './settings/hours.js';

const MINUTE = 60_000;
const DAY_MS = DAY * MINUTE;
/** As far as is looked ahead: beyond it, nobody meant that it would ever go. */
const HORIZON = 400 * DAY_MS;
/** Within so much time a zone changes its clock at most once. */
const STEP = DAY_MS;

/** What is open on the clock. */
interface Clock {
  /** Minutes of the day, by weekday from Monday on. */
  days: readonly (readonly Span[])[];
  holidays: ReadonlySet<string>;
}

const clocks = new WeakMap<Hours, Clock>();

/** True where they shut out nothing. */
export const isAlwaysOpen = ({ allowed, quiet, holidays }: Hours): boolean =>
  allowed.length === 0 && quiet.length === 0 && holidays.length === 0;

/** The minutes of a week that are open, whatever days are holidays. */
export function openWeek({ allowed, quiet }: Pick<Hours, 'allowed' | 'quiet'>): Span[] {
  const open = allowed.length === 0 ? [[0, WEEK] as const] : merged(allowed.flatMap(spansOf));
  return merged(quiet.flatMap(spansOf)).reduce<Span[]>(without, open);
}

/**
 * The first instant from `from` on that is open in all of these zones: `from` itself, where it is. Null where there is
 * none within 400 days.
 */
export function nextOpening(hours: Hours, zones: readonly string[], from: Date): Date | null {
  const clock = clockOf(hours);
  if (clock.days.every((spans) => spans.length === 0)) return null;
  const begin = from.getTime();
  for (let at = begin; at < begin + HORIZON; at += STEP) {
    let open: readonly Span[] = [[at, at + STEP]];
    for (const zone of zones) {
      if (open.length === 0) break;
      open = common(open, openIn(clock, zone, [at, at + STEP]));
    }
    if (open[0] !== undefined) return new Date(open[0][0]);
  }
  return null;
}

/** `sun 22:10`, as clocks show it there. */
export function clockTime(zone: string, at: Date): string {
  const local = new Date(at.getTime() + offsetAt(zone, at.getTime()));
  const day = local.toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' }).toLowerCase();
  return `${day} ${local.toISOString().slice(11, 16)}`;
}

function clockOf(hours: Hours): Clock {
  const known = clocks.get(hours);
  if (known !== undefined) return known;
  const week = openWeek(hours);
  const days = Array.from({ length: 7 }, (_, day) =>
    common(week, [[day * DAY, (day + 1) * DAY]]).map(([from, until]): Span => [
      from - day * DAY,
      until - day * DAY,
    ]),
  );
  const clock = { days, holidays: new Set(hours.holidays) };
  clocks.set(hours, clock);
  return clock;
}

/** The open times (milliseconds since the epoch) of a zone within a time that is no longer than STEP. */
function openIn(clock: Clock, zone: string, [from, until]: Span): Span[] {
  return evenTimes(zone, [from, until]).flatMap(([start, end, offset]) =>
    openOnClock(clock, [start + offset, end + offset]).map(([opens, shuts]): Span => [
      opens - offset,
      shuts - offset,
    ]),
  );
}

/** The same on a clock that runs evenly: milliseconds since 1970 on it. */
function openOnClock({ days, holidays }: Clock, [from, until]: Span): Span[] {
  const open: Span[] = [];
  for (let midnight = Math.floor(from / DAY_MS) * DAY_MS; midnight < until; midnight += DAY_MS) {
    const date = new Date(midnight);
    if (holidays.has(date.toISOString().slice(0, 10))) continue;
    const spans = days[(date.getUTCDay() + 6) % 7] ?? [];
    const times = spans.map(([a, b]): Span => [midnight + a * MINUTE, midnight + b * MINUTE]);
    open.push(...common([[from, until]], times));
  }
  return open;
}

/** The time in parts within which the zone's clock runs evenly, and how far it is before UTC (milliseconds). */
function evenTimes(zone: string, [from, until]: Span): [from: number, until: number, offset: number][] {
  const [first, last] = [offsetAt(zone, from), offsetAt(zone, until - 1)];
  if (first === last) return [[from, until, first]];
  let [before, after] = [from, until - 1];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(zone, middle) === first) before = middle;
    else after = middle;
  }
  return [
    [from, after, first],
    [after, until, last],
  ];
}

const offsetAt = (zone: string, at: number): number => IANAZone.create(zone).offset(at) * MINUTE;

/** In order, and what touches as one. */
function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const [from, until] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last !== undefined && from <= last[1])
      result[result.length - 1] = [last[0], Math.max(last[1], until)];
    else result.push([from, until]);
  }
  return result;
}

function without(spans: readonly Span[], [from, until]: Span): Span[] {
  return spans
    .flatMap(([a, b]): Span[] => [
      [a, Math.min(b, from)],
      [Math.max(a, until), b],
    ])
    .filter(([a, b]) => a < b);
}

function common(one: readonly Span[], other: readonly Span[]): Span[] {
  return one
    .flatMap(([from, until]) => other.map(([a, b]): Span => [Math.max(a, from), Math.min(b, until)]))
    .filter(([a, b]) => a < b)
    .sort((a, b) => a[0] - b[0]);
}
