/**
 * @module `npm run chaos -- [--minutes 5] [--runs 50] [--emails 12] [--seed N] [--only smtp,resend]
 * [--points mid-body,…] [--victims worker,…]`: each process killed with -9 at each named point of a send, over every
 * provider. `--emails`: how many, about, stand there for one kill; more of them come to each point in the same time.
 * Prints the matrix; exits with 1 where an email was lost or came twice without an explanation.
 */
import { parseArgs } from 'node:util';
import { TYPES } from './chaos/fakes.js';
import { POINTS, STRETCHES, VICTIMS, type Point } from './chaos/points.js';
import { chaos } from './chaos/run.js';
import { findings, table } from './chaos/table.js';
import { onSignal, wholeNumber } from './kill/command-line.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    runs: { type: 'string', default: '50' },
    emails: { type: 'string', default: '12' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: TYPES.join(',') },
    points: { type: 'string', default: POINTS.map((one) => one.name).join(',') },
    victims: { type: 'string', default: VICTIMS.join(',') },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 10_000)) throw new Error('--minutes must be a number above 0, at most 10000');
function chosen<T extends string>(name: 'only' | 'points' | 'victims', all: readonly T[]): T[] {
  const given = values[name].split(',');
  const wrong = given.find((one) => !all.includes(one as T));
  if (wrong !== undefined) throw new Error(`--${name}: there is no ${wrong}; there are: ${all.join(', ')}`);
  return all.filter((one) => given.includes(one));
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const names = chosen(
  'points',
  POINTS.map((one) => one.name),
);
const victims = chosen('victims', VICTIMS);
const isNamed = ({ name }: Point): boolean => names.includes(name);
const blows = STRETCHES.map((one) => ({ ...one, points: one.points.filter(isNamed) }))
  .filter(({ points }) => points.length > 0)
  .flatMap((stretch) => victims.map((victim) => ({ stretch, victim })));
const options = {
  ...{ say, blows },
  secondsLimit: minutes * 60,
  runs: wholeNumber('runs', values.runs, 10_000),
  emails: wholeNumber('emails', values.emails, 100),
  seed: wholeNumber('seed', values.seed, 2 ** 31),
  providers: chosen('only', TYPES),
};
onSignal(() => void (options.secondsLimit = 0));

say(`seed ${options.seed}`);
const result = await chaos(options);
const { tally, kills, resets, seconds, ownEnds } = result;
for (const line of [...table(result, POINTS.filter(isNamed), victims), ...findings(result)]) say(line);
say(`${resets.workflows} resets of workflows, ${resets.activities} of activities`);
say(
  `${kills} kills and ${tally.asked} emails in ${seconds.toFixed(0)} s; ${ownEnds} processes ended by themselves`,
);
say(
  `in the end: ${Object.entries(tally.byStatus)
    .map(([status, count]) => `${status} ${count}`)
    .join(', ')}`,
);
const [lost, twice] = [tally.lost.length, tally.unexplainedDuplicates.length];
// A run in which nobody was killed has shown nothing.
const isGood = lost + twice + result.unresolved.length === 0 && kills > 0;
process.exitCode = isGood ? 0 : 1;
if (kills === 0) say('nobody came to a point, so nobody was killed');
if (!isGood) say(`again: npm run chaos -- --seed ${options.seed}`);
say(`lost ${lost}, unexplained duplicates ${twice}`);
process.exit();
