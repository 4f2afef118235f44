/**
 * @module Makes the Python client from the OpenAPI document: `npm run python-client [-- FOLDER]`, by default
 * examples/python/mailwarden_client. The generator is installed once, pinned, under .cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../src/http/openapi/document.js';

const GENERATOR = 'openapi-python-client==0.29.1';
const root = fileURLToPath(new URL('..', import.meta.url));
const cache = path.join(root, '.cache/python');
const packages = path.join(cache, GENERATOR);
const [target = path.join(root, 'examples/python/mailwarden_client')] = process.argv.slice(2);

type Json = Record<string, unknown>;

/** The same document in the words of the generator: it knows no media type of any kind, and reads schemas once, in order. */
function readable(document: Json): Json {
  const text = JSON.stringify(document).replaceAll('"*/*":', '"application/octet-stream":');
  const copy = JSON.parse(text) as Json & { components: { schemas: Record<string, Json> } };
  const { schemas } = copy.components;
  const sorted = new Map<string, Json>();
  const place = (name: string, waiting: ReadonlySet<string>): void => {
    const schema = schemas[name];
    if (!schema || sorted.has(name) || waiting.has(name)) return;
    for (const [, used = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/gu))
      place(used, new Set([...waiting, name]));
    sorted.set(name, schema);
  };
  for (const name of Object.keys(schemas)) place(name, new Set());
  copy.components.schemas = Object.fromEntries(sorted);
  return copy;
}

mkdirSync(cache, { recursive: true });
if (!existsSync(packages)) {
  const half = `${packages}.${process.pid}`;
  execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', half, GENERATOR], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  renameSync(half, packages);
}
const file = path.join(cache, `openapi.${process.pid}.json`);
const config = path.join(cache, `config.${process.pid}.yml`);
writeFileSync(file, JSON.stringify(readable(openApiDocument('http://127.0.0.1:8025'))));
writeFileSync(config, 'post_hooks: []\n');
try {
  const flags = [
    '--path',
    file,
    '--output-path',
    target,
    '--config',
    config,
    '--meta',
    'none',
    '--overwrite',
  ];
  execFileSync('python3', ['-m', 'openapi_python_client', 'generate', ...flags, '--fail-on-warning'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PYTHONPATH: packages },
  });
} finally {
  for (const one of [file, config]) rmSync(one, { force: true });
}
