/** @module The Temporal SDK says in tests only what is wrong, so that a red test can be found in the output. */
import { inspect } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';

/** What test/temporal/provider-gone.test.ts brings about: pages of it. */
const EXPECTED =
  /^Error while processing ActivityTask\.start: Activity function mailwarden\.deliver\.\S+ is not/u;

Runtime.install({
  logger: new DefaultLogger('ERROR', ({ level, message, meta }) => {
    if (!EXPECTED.test(message)) process.stderr.write(`[${level}] ${message} ${inspect(meta)}\n`);
  }),
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
});
