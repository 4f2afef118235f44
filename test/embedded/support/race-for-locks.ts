/**
 * @module Tries to lock folder after folder, each at its appointed moment, and says in one line which it got;
 * then holds them until it is killed.
 */
import { lockDataDir } from '../../../src/embedded/data-lock.js';

const folders = process.argv.slice(2);
console.log('ready');
process.stdin.once('data', (chunk: Buffer) => {
  const start = Number(chunk.toString());
  const won = folders.map((folder, i) => {
    while (Date.now() < start + i * 5);
    try {
      lockDataDir(folder);
      return 1;
    } catch {
      return 0;
    }
  });
  console.log(JSON.stringify(won));
});
setInterval(() => undefined, 1_000);
