/** @module Checks that the program in the README is the one in examples/, which is type-checked and runs. */
import { readFileSync } from 'node:fs';

const example = readFileSync(new URL('../examples/send.ts', import.meta.url), 'utf8');
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
if (!readme.includes(`\`\`\`ts\n${example}\`\`\`\n`)) {
  process.stderr.write('README.md does not show examples/send.ts: copy it into the ts fence\n');
  process.exitCode = 1;
}
