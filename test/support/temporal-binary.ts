/** @module Temporal's CLI for tests: found, or installed once, as `mailwarden dev` does it. */
import { homedir } from 'node:os';
import { findTemporalBinary } from '../../src/embedded/temporal-binary.js';

export const temporalBinary = (): Promise<string> =>
  findTemporalBinary({ env: process.env, home: homedir(), say: (line) => console.log(line) });
