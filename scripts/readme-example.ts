/** @module Checks that the programs in the README and the docs are those in examples/, which are type-checked and run. */
import { readFileSync } from 'node:fs';

const SHOWN = [
  ['README.md', 'examples/send.ts'],
  ['docs/plugin.md', 'examples/plugin/workflows.ts'],
  ['docs/plugin.md', 'examples/plugin/main.ts'],
  ['docs/providers.md', 'examples/provider.ts'],
] as const;

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
for (const [page, example] of SHOWN)
  if (!read(page).includes(`\`\`\`ts\n${read(example)}\`\`\`\n`)) {
    process.stderr.write(`${page} does not show ${example}: copy it into the ts fence\n`);
    process.exitCode = 1;
  }
