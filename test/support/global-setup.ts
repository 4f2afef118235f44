/**
 * @module Starts the one Temporal server of a run of the `temporal` project, and ends it.
 */
import { homedir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { findTemporalBinary } from '../../src/embedded/temporal-binary.js';
import type {} from './temporal.js';
import { startTemporalServer } from './temporal-server.js';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string): void => console.log(line);
  const binary = await findTemporalBinary({ env: process.env, home: homedir(), say });
  const server = await startTemporalServer(binary);
  project.provide('temporalAddress', server.address);
  return () => server.stop();
}
