/** @module Locks the folder, says so, and holds it until it is killed. */
import { lockDataDir } from '../../../src/embedded/data-lock.js';

lockDataDir(process.argv[2] ?? '');
console.log('locked');
setInterval(() => undefined, 1_000);
