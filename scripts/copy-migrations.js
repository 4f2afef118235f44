/** @module The last step of a build: the SQL migrations stand beside the code that runs them. */
import { cpSync, rmSync } from 'node:fs';

const from = new URL('../migrations/', import.meta.url);
const to = new URL('../dist/migrations/', import.meta.url);

rmSync(to, { recursive: true, force: true });
cpSync(from, to, { recursive: true });
