/** @module A child of the bench: a module of this folder as a process, which speaks IPC and ends with us. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const startChild = (name: 'house' | 'smtp-sink' | 'http-sink'): ChildProcess =>
  fork(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  });

/** The next message that is wanted; an error where the process ends before it. */
export async function heard<T>(child: ChildProcess, wanted: (message: unknown) => message is T): Promise<T> {
  return await new Promise((resolve, reject) => {
    const over = (code: number | null): void => reject(new Error(`a child of the bench ended with ${code}`));
    const listen = (message: unknown): void => {
      if (!wanted(message)) return;
      child.off('message', listen).off('exit', over);
      resolve(message);
    };
    child.on('message', listen).once('exit', over);
  });
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  const force = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(force);
}
