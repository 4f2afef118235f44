/**
 * @module Starts the one Temporal server of a run of the `temporal` project, and ends it.
 */
import type { TestProject } from 'vitest/node';
import type {} from './temporal.js';
import { temporalBinary } from './temporal-binary.js';
import { startTemporalServer } from './temporal-server.js';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTemporalServer(await temporalBinary());
  project.provide('temporalAddress', server.address);
  return () => server.stop();
}
