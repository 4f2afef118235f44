/** @module One command of a checker, with all that it says, ended after its time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ran {
  code: number | null;
  output: string;
}

export async function runCommand(
  command: string,
  args: readonly string[],
  { ms, env = {}, cwd }: { ms: number; env?: Record<string, string>; cwd?: string },
): Promise<Ran> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: ms,
    killSignal: 'SIGKILL',
    ...(cwd !== undefined && { cwd }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: code === null ? `${output}\nended after ${ms / 1000} s` : output };
}
