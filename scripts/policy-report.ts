/**
 * @module What the detectors of policy say of labelled cases: `npm run -s policy:report -- --set addresses --in FILE`.
 * With `--json` one document, `{ "<id>": "<verdict>" }`; else how far they agree with the labels.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ZodError } from 'zod';
import { agreementOn, readAddresses, verdictsOn } from './policy-report/addresses.js';

const SETS = ['addresses'] as const;

function wrong(why: string): never {
  process.stderr.write(
    `${why}\nusage: npm run -s policy:report -- --set ${SETS.join('|')} --in FILE [--json]\n`,
  );
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: { set: { type: 'string' }, in: { type: 'string' }, json: { type: 'boolean' } },
    }).values;
  } catch (error) {
    return wrong((error as Error).message);
  }
}

function casesIn(file: string): ReturnType<typeof readAddresses> {
  try {
    return readAddresses(readFileSync(file, 'utf8'));
  } catch (error) {
    const [issue] = error instanceof ZodError ? error.issues : [];
    return wrong(`${file}: ${issue ? `${issue.path.join('.')} ${issue.message}` : (error as Error).message}`);
  }
}

const { set, in: file, json } = options();
if (!SETS.some((one) => one === set))
  wrong(set === undefined ? '--set is missing' : `there is no set ${set}`);
if (file === undefined) wrong('--in is missing');
const cases = casesIn(file);
process.stdout.write(
  `${json ? JSON.stringify(verdictsOn(cases), null, 1) : agreementOn(cases).join('\n')}\n`,
);
