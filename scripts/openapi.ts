/** @module Prints the OpenAPI document: `npx tsx scripts/openapi.ts [URL of a server] > openapi.json`. */
import { openApiDocument } from '../src/http/openapi/document.js';

const [url = 'http://127.0.0.1:8025'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(openApiDocument(url), null, 2)}\n`);
