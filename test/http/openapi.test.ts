/** @module The OpenAPI document says what the routes do. The checkers of `npm run conformance` look deeper. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROBLEMS } from '../../src/errors.js';
import { TAGS } from '../../src/http/openapi/names.js';
import { operationEntries, pathFields } from '../../src/service/operations.js';
import { openDoor, type Door } from '../support/door.js';
import { testStore, type TestStore } from '../support/store.js';

interface Described {
  operationId: string;
  tags: string[];
  description: string;
  parameters?: { name: string; in: string; required: boolean; example?: unknown }[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<string, { content?: Record<string, { example?: unknown; examples?: object }> }>;
}
interface Document {
  paths: Record<string, Record<string, Described>>;
  webhooks: object;
  components: Record<string, object>;
}

let shared: TestStore;
let door: Door;
let text: string;
let document: Document;
beforeAll(async () => {
  shared = await testStore();
  door = await openDoor(shared);
  const response = await door.fetch(new Request('http://localhost/openapi.json'));
  expect(response.status).toBe(200);
  text = await response.text();
  document = JSON.parse(text);
}, 60_000);
afterAll(() => shared.end());

const HOOKS = ['/v1/hooks/{provider}', '/v1/hooks/{provider}/{endpoint}'];

const described = (name: string): Described =>
  Object.values(document.paths)
    .flatMap((item) => Object.values(item))
    .find(({ operationId }) => operationId === name)!;

test.each(operationEntries())(
  '%s stands there with its path, its words and its example',
  (name, operation) => {
    for (const path of [operation.path, operation.shortPath].filter((one) => one !== undefined)) {
      const one = document.paths[path]?.[operation.method.toLowerCase()];
      expect(one?.operationId).toBe(path === operation.path ? name : `${name}.short`);
      expect(one?.description).toContain(operation.description);
      const inPath = one?.parameters
        ?.filter((parameter) => parameter.in === 'path')
        .map((parameter) => parameter.name);
      expect(inPath).toEqual(pathFields(path));
    }
    const { responses } = described(name);
    const [content] = Object.values(responses[operation.success]?.content ?? {});
    expect(content?.example).toBeDefined();
  },
);

test.each(operationEntries())('%s says every problem that it has in the table', (name, operation) => {
  const { responses } = described(name);
  const said = Object.values(responses).flatMap(({ content }) =>
    Object.keys(content?.['application/problem+json']?.examples ?? {}),
  );
  expect(said).toEqual(
    expect.arrayContaining([...operation.problems, 'unauthorized', 'rate_limited', 'internal']),
  );
  for (const code of said)
    expect(Object.keys(responses)).toContain(String(PROBLEMS[code as 'internal'].status));
});

test('every reference leads somewhere, and every component is referred to', () => {
  const refs = new Set([...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/gu)].map((match) => match[1]!));
  const there = Object.entries(document.components)
    .filter(([section]) => section !== 'securitySchemes')
    .flatMap(([section, all]) => Object.keys(all).map((name) => `${section}/${name}`));
  expect(there.sort()).toEqual([...refs].sort());
});

test('every group of operations has its words', () => {
  const nouns = new Set(operationEntries().map(([name]) => name.split('.')[0]));
  expect([...nouns].filter((noun) => TAGS[noun!] === undefined)).toEqual([]);
});

test('the paths without a key are there, and so is every event that a webhook gets', () => {
  for (const path of ['/healthz', '/readyz', '/openapi.json', '/problems/{code}', ...HOOKS])
    expect(Object.keys(document.paths)).toContain(path);
  expect(Object.keys(document.webhooks)).toContain('message.bounced');
});

test('a path of words is not taken for a field of another path', async () => {
  const answer = await door.ask('GET', '/v1/messages/batch');
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
});
