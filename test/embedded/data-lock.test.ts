/** @module One process per data folder, whatever was killed before. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DataDirLocked, lockDataDir } from '../../src/embedded/data-lock.js';
import { identityOf } from '../../src/embedded/process-identity.js';
import { runChild } from './support/child.js';
import { temporaryFolder } from './support/folder.js';

/** A pid that was given out once and is free again. */
const DEAD = { pid: 2 ** 22 + 1, start: 'long ago' };

test('a second process is refused with one line that says who holds which folder, and the mend', async () => {
  const folder = temporaryFolder();
  const holder = runChild('hold-lock.ts', [folder]);
  expect(await holder.line()).toBe('locked');
  expect(() => lockDataDir(folder)).toThrow(DataDirLocked);
  expect(() => lockDataDir(folder)).toThrow(
    `the data folder ${folder} is in use by another mailwarden (pid ${holder.pid}): stop that one, or choose another folder with --data-dir`,
  );
});

test('the lock of a process that was killed with -9 is taken over', async () => {
  const folder = temporaryFolder();
  const holder = runChild('hold-lock.ts', [folder]);
  await holder.line();
  await holder.kill();
  expect(lockDataDir(folder).dataDir).toBe(folder);
  expect(() => lockDataDir(folder)).toThrow(`pid ${process.pid}`);
});

test('a lock whose pid now belongs to another process is taken over', () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'lock'),
    JSON.stringify({ pid: process.pid, start: 'another time', nonce: 'x' }),
  );
  expect(() => lockDataDir(folder)).not.toThrow();
});

test('a lock that makes no sense is held by nobody', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'lock'), '');
  expect(() => lockDataDir(folder)).not.toThrow();
});

test('a released folder can be locked again, and a release leaves the lock of a successor alone', () => {
  const folder = temporaryFolder();
  const first = lockDataDir(folder);
  first.release();
  const second = lockDataDir(folder);
  first.release();
  expect(() => lockDataDir(folder)).toThrow(DataDirLocked);
  second.release();
  expect(() => lockDataDir(folder)).not.toThrow();
});

test('of many that race for a stale lock exactly one gets it, also where a successor died half-way', async () => {
  const parent = temporaryFolder();
  const folders = Array.from({ length: 60 }, (_, i) => join(parent, String(i)));
  folders.forEach((folder, i) => {
    mkdirSync(folder);
    if (i % 3 === 0) return;
    const stale = JSON.stringify({ ...DEAD, nonce: String(i) });
    writeFileSync(join(folder, 'lock'), stale);
    const claim = `lock.after-${createHash('sha256').update(stale).digest('hex').slice(0, 24)}`;
    if (i % 3 === 2) writeFileSync(join(folder, claim), JSON.stringify({ ...DEAD, nonce: `next ${i}` }));
  });
  const racers = Array.from({ length: 4 }, () => runChild('race-for-locks.ts', folders));
  for (const racer of racers) expect(await racer.line()).toBe('ready');
  const start = Date.now() + 100;
  for (const racer of racers) racer.process.stdin?.write(`${start}\n`);
  const won = await Promise.all(racers.map(async (racer) => JSON.parse(await racer.line()) as number[]));
  expect(folders.map((_, i) => won.reduce((sum, one) => sum + (one[i] ?? 0), 0))).toEqual(
    folders.map(() => 1),
  );
  const left = folders.flatMap((folder) =>
    readdirSync(folder).filter((name) => !['lock', '.gitignore'].includes(name)),
  );
  expect(left).toEqual([]);
}, 30_000);

test('the folder is private, and keeps itself out of the user’s repository', () => {
  const folder = join(temporaryFolder(), 'deep', 'er');
  lockDataDir(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'lock')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
});

test('a process is known by its start time too', () => {
  expect(identityOf(process.pid)?.start).toBeTruthy();
  expect(identityOf(process.pid)).toEqual(identityOf(process.pid));
  expect(identityOf(process.ppid)?.start).not.toBe(identityOf(process.pid)?.start);
  expect(identityOf(DEAD.pid)).toBeNull();
});

test.runIf(process.platform === 'linux')(
  'a process that ended but was never waited for counts as dead',
  async () => {
    const parent = spawn('sh', ['-c', 'sleep 20 & echo $!; exec sleep 21'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const zombie = Number(String((await once(parent.stdout, 'data'))[0]));
    // Once the shell has become sleep, nobody waits for its child.
    const command = (pid = 0): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    await expect.poll(() => command(parent.pid), { timeout: 5_000 }).toMatch(/^sleep/u);
    process.kill(zombie, 'SIGKILL');
    await expect.poll(() => readFileSync(`/proc/${zombie}/stat`, 'utf8')).toContain(') Z ');
    expect(identityOf(zombie)).toBeNull();
  },
);

test.skipIf(process.platform !== 'linux')(
  'a folder that nobody can make is refused in one line, at once',
  async () => {
    // In a process of its own: where this hangs, it hangs without ever giving a timer its turn.
    const child = runChild('hold-lock.ts', ['/proc/nope/deeper']);
    const ended = once(child.process, 'exit');
    const killed = setTimeout(() => child.process.kill('SIGKILL'), 10_000);
    expect(await ended).toEqual([1, null]);
    clearTimeout(killed);
    expect(() => lockDataDir('/proc/nope')).toThrow(
      /^cannot make the folder \/proc\/nope \(ENOENT\): choose/u,
    );
  },
  20_000,
);

test('a file in the place of the folder, or above it, is said in one line', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(() => lockDataDir(file)).toThrow('a file is in the way');
  expect(() => lockDataDir(join(file, 'deeper'))).toThrow('a file is in the way');
});

test('a folder is made with those above it, for its owner only', () => {
  const folder = join(temporaryFolder(), 'a', 'b');
  expect(lockDataDir(folder).dataDir).toBe(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});
