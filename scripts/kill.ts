/**
 * @module `npm run kill -- [--runs 100] [--seed N] [--seconds-limit 1200] [--rate 15]`: real processes under
 * load, killed with -9 at random. Ends with what was lost and what came twice; exits with 1 where that isn't 0.
 */
import { parseArgs } from 'node:util';
import { onSignal, wholeNumber } from './kill/command-line.js';
import { storm, type Result } from './kill/run.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'seconds-limit': { type: 'string', default: '1200' },
    rate: { type: 'string', default: '15' },
  },
});
const whole = (name: keyof typeof values, most: number): number => wholeNumber(name, values[name], most);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const options = {
  say,
  runs: whole('runs', 10_000),
  seed: whole('seed', 2 ** 31),
  secondsLimit: whole('seconds-limit', 86_400),
  rate: whole('rate', 100),
};
onSignal(() => void (options.secondsLimit = 0));

say(`seed ${options.seed}`);
const result = await storm(options);
for (const line of table(result)) say(line);
const { lost, unexplainedDuplicates } = result;
process.exitCode = lost.length + unexplainedDuplicates.length === 0 ? 0 : 1;
say(`lost ${lost.length}, unexplained duplicates ${unexplainedDuplicates.length}`);
process.exit();

function table(result: Result): string[] {
  const { kills, unknown, byStatus } = result;
  const list = (counts: Record<string, number>): string =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ');
  const total = Object.values(kills).reduce((sum, one) => sum + one, 0);
  const rows: [string, string][] = [
    ['kills', `${total} in ${result.seconds.toFixed(0)} s: ${list(kills)}`],
    ['ended by themselves', `${result.ownEnds}, because what they need was away`],
    ['emails', `${result.asked} asked for, ${result.accepted} accepted, ${result.repeats} calls repeated`],
    ['in the end', list(byStatus)],
    ['unknown at first', `${unknown.unknown}, of which ${unknown.arrived} had arrived; then resolved`],
    ['claimed at the kills', `${result.claimedAtKills}`],
    ['explained duplicates', `${result.explainedDuplicates.length}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    '',
    ...rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`),
    ...result.lost.map(({ line }) => `lost: ${line}`),
    ...result.unexplainedDuplicates.map(({ line }) => `unexplained duplicate: ${line}`),
    ...result.explainedDuplicates.map(({ line }) => `explained duplicate: ${line}`),
    ...unknown.unresolved.map((line) => `not resolved: ${line}`),
    ...result.strange.slice(0, 20).map((line) => `strange answer: ${line}`),
    '',
  ];
}
