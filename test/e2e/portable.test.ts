/** @module What is shipped as `mailwarden/client` and `mailwarden/tools` runs wherever fetch does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ROUTES } from '../../src/client/routes.js';
import { CATALOG, TOOLSET_NAMES } from '../../src/tools/catalog.js';

const DIST = fileURLToPath(new URL('../../dist/src', import.meta.url));

/** Everything that a built module loads: our own files, and packages by name. */
function loaded(entry: string): string[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(join(DIST, file), 'utf8');
    for (const [, source = ''] of text.matchAll(/^(?:import|export) [^;'"]*from '([^']+)';/gmu))
      if (source.startsWith('.')) visit(join(file, '..', source));
      else seen.add(source);
  };
  visit(entry);
  return [...seen];
}

test.each(['client.js', 'tools.js'])('%s loads neither Node nor zod nor any part of a server', (entry) => {
  const all = loaded(entry);
  expect(all.filter((one) => !one.endsWith('.js')).sort()).toEqual([
    'eventsource-parser',
    'standardwebhooks',
  ]);
  expect(all.filter((one) => /^(service|store|mcp|http|errors)\b/u.test(one))).toEqual([]);
});

test('what the build wrote is what the operations table says', async () => {
  const built = async (file: string): Promise<unknown> => ({ ...(await import(join(DIST, file))) });
  expect(await built('client/routes.js')).toEqual({ ROUTES });
  expect(await built('tools/catalog.js')).toEqual({ CATALOG, TOOLSET_NAMES });
});
