/** @module Starts the embedded Temporal server on the folder and holds it until it is killed; says its address. */
import { startTemporalServer } from '../../../src/embedded/temporal-server.js';

const [dataDir = '', binary = ''] = process.argv.slice(2);
const server = await startTemporalServer({
  binary,
  dataDir,
  port: 0,
  uiPort: 0,
  env: process.env,
  say: console.error,
  onFailure: console.error,
});
console.log(server.address);
setInterval(() => undefined, 1_000);
