/**
 * @module `npm run bench`: sending an email beside the bare one-activity workflow, in the same run on the same
 * Temporal server. Prints a table and writes bench/results.json.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { crowd, doors } from './doors.js';
import { eventLag } from './events.js';
import { lists } from './lists.js';
import { costs, rates, warmUp, type Row, type Size } from './measure.js';
import { admissions, evaluations } from './policy.js';
import { providerOverhead } from './providers.js';
import { bounceToDenial, reports } from './reports.js';
import { openScene, type Scene, type StoreKind } from './scene.js';

const { values } = parseArgs({
  options: {
    /** `postgres` is what production runs on; `pglite`, what `mailwarden dev` does. */
    store: { type: 'string', default: 'postgres' },
    rounds: { type: 'string', default: '2' },
    emails: { type: 'string', default: '300' },
    /** How long 200 connections are held; at most 60. */
    seconds: { type: 'string', default: '60' },
    /** The longest list. */
    messages: { type: 'string', default: '1000000' },
    /** The longest suppression list. */
    suppressions: { type: 'string', default: '5000000' },
    /** One part of it, by name; results.json stays as it was. */
    only: { type: 'string' },
  },
});
if (values.store !== 'postgres' && values.store !== 'pglite')
  throw new Error('--store must be postgres or pglite');
const store: StoreKind = values.store;
const size: Size = { rounds: Number(values.rounds), emails: Number(values.emails) };
const seconds = Math.min(60, Number(values.seconds));
const sizes = [1_000, 10_000, 100_000, 1_000_000].filter((count) => count <= Number(values.messages));
const listed = [10, 100_000, 5_000_000].filter((count) => count <= Number(values.suppressions));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const parts: Readonly<Record<string, (scene: Scene) => Promise<Row[]>>> = {
  rates: async (scene) => [...(await rates(scene, size, 1, say)), ...(await rates(scene, size, 64, say))],
  costs,
  doors: (scene) => doors(scene, size),
  events: (scene) => eventLag(scene, size.emails),
  crowd: (scene) => crowd(scene, seconds),
  reports: async (scene) => [
    ...(await reports(scene, size.emails * 5)),
    ...(await bounceToDenial(scene, 100)),
  ],
  providers: ({ sinks }) => providerOverhead(sinks, size.emails * 5),
  policy: async (scene) => [
    ...evaluations(300_000),
    ...(await admissions(scene, { suppressions: listed, messages: Number(values.messages) }, say)),
  ],
  lists: (scene) => lists(scene, sizes, say),
};
if (values.only !== undefined && !Object.hasOwn(parts, values.only))
  throw new Error(`--only must be one of ${Object.keys(parts).join(', ')}`);

const scene = await openScene(store, say);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void scene.close().then(() => process.exit(130)));
const rows: Row[] = [];
try {
  say('warming up');
  await warmUp(scene, size);
  for (const [name, part] of Object.entries(parts))
    if (values.only === undefined || values.only === name) rows.push(...(await part(scene)));
} finally {
  await scene.close();
}

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
if (values.only === undefined)
  writeFileSync(
    new URL('results.json', import.meta.url),
    `${JSON.stringify({ machine, commit, store, rows }, null, 2)}\n`,
  );
process.stdout.write(`${machine}; ${store}\n\n`);
for (const { id, value, unit, ratioToBare } of rows)
  process.stdout.write(
    `${id.padEnd(30)} ${value.toFixed(value < 10 ? 2 : 1).padStart(8)} ${unit.padEnd(24)} ${ratioToBare?.toFixed(2) ?? ''}`.trimEnd() +
      '\n',
  );
