/**
 * @module Starts the one Temporal server of a run of the `temporal` project, bundles the workflows once, and ends both.
 */
import type { TestProject } from 'vitest/node';
import type {} from './temporal.js';
import { bundleToFile } from './bundle.js';
import { temporalBinary } from './temporal-binary.js';
import { startTemporalServer } from './temporal-server.js';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [server, bundle] = await Promise.all([temporalBinary().then(startTemporalServer), bundleToFile()]);
  project.provide('temporalAddress', server.address);
  project.provide('workflowBundle', bundle.path);
  return async () => {
    bundle.remove();
    await server.stop();
  };
}
