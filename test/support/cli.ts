/** @module A command line run in process, with what it wrote and how it ended. */
import type { Io, Register } from '../../src/cli/io.js';
import { run } from '../../src/cli/program.js';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** `files`: what can be read; everything else is missing. */
export async function runCli(
  argv: readonly string[],
  {
    files = {},
    more = [],
    ...over
  }: Partial<Io> & { files?: Record<string, string>; more?: Register[] } = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const io: Io = {
    env: {},
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
    readFile: (path) => {
      if (!Object.hasOwn(files, path)) throw new Error(`ENOENT: no such file, open '${path}'`);
      return Buffer.from(files[path] ?? '');
    },
    writeNewFile: () => undefined,
    readStdin: async () => '',
    fetch: () => Promise.reject(new TypeError('fetch failed')),
    ...over,
  };
  const code = await run(argv, io, '0.0.0', more);
  return { code, out, err };
}
