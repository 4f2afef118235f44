/** @module Runs the capture inbox on the folder until it is killed; says its port. */
import { startCaptureInbox } from '../../../src/embedded/capture-inbox.js';

const dataDir = process.argv[2] ?? '';
const inbox = await startCaptureInbox({ dataDir, port: 0, clock: () => new Date(), say: console.error });
console.log(inbox.port);
