/** @module The matrix as people read it: one line for each point, one column for each victim. */
import type { Finding } from '../kill/tally.js';
import type { Point, Victim } from './points.js';
import type { Result } from './run.js';
import type { Email } from './traffic.js';

export function table(result: Result, points: readonly Point[], victims: readonly Victim[]): string[] {
  const { emails, tally, unknown } = result;
  const numbersOf = (findings: readonly Finding[]): Set<number> => new Set(findings.map((one) => one.number));
  const lost = numbersOf(tally.lost);
  const twice = numbersOf([...tally.unexplainedDuplicates, ...tally.explainedDuplicates]);
  const figures = (some: readonly Email[]): string => {
    const there = some.filter((one) => one.wasThere).length;
    const among = (numbers: ReadonlySet<number>): number =>
      some.filter((one) => numbers.has(one.number)).length;
    return `${there} / ${among(unknown)} / ${among(lost)} / ${among(twice)}`;
  };
  const of = (point: Point, victim: Victim): Email[] =>
    emails.filter((one) => one.point === point.name && one.victim === victim);
  const providers = [...new Set(emails.map((one) => one.provider))];
  return [
    '',
    'runs / unknown at first / lost / twice, over all providers:',
    ...aligned([
      ['', ...victims],
      ...points.map((point) => [point.name, ...victims.map((victim) => figures(of(point, victim)))]),
    ]),
    '',
    ...aligned([
      ['', ...victims],
      ...providers.map((provider) => [
        provider,
        ...victims.map((victim) =>
          figures(emails.filter((one) => one.provider === provider && one.victim === victim)),
        ),
      ]),
    ]),
    '',
  ];
}

export function findings({ tally, unresolved, strange }: Result): string[] {
  const lines = (what: string, found: readonly Finding[]): string[] =>
    found.map(({ line }) => `${what}: ${line}`);
  return [
    ...lines('lost', tally.lost),
    ...lines('unexplained duplicate', tally.unexplainedDuplicates),
    ...lines('explained duplicate', tally.explainedDuplicates),
    ...unresolved.map((line) => `not resolved: ${line}`),
    ...strange.slice(0, 20).map((line) => `strange answer: ${line}`),
  ];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
