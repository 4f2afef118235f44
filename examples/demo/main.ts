/**
 * @module The demo: real emails through a real Temporal server, a real database and real SMTP servers,
 * along every path that an email can take. Each step proves what it says; a failed proof exits with 1.
 */
import { allowed } from './proofs/allowed.js';
import { bounce } from './proofs/bounce.js';
import { failover } from './proofs/failover.js';
import { held } from './proofs/held.js';
import { once } from './proofs/once.js';
import { policy } from './proofs/policy.js';
import { Report } from './report.js';
import { openScene } from './scene.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const report = new Report(say);
const scene = await openScene();
say(`Mailwarden is up: ${scene.ready.api}, Temporal ${scene.ready.temporal}\n`);
for (const prove of [allowed, held, policy, failover, bounce, once]) await prove(scene, report);
await scene.stop();
process.exit(report.finish());
