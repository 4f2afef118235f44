/** @module The providers of a config: each by its name, and a mistake says which and how to mend it. */
import { describe, expect, test } from 'vitest';
import { ConfigError, parseConfig, type ConfigInput } from '../../src/config.js';
import { createProviders } from '../../src/providers/index.js';
import { poolOptions } from '../../src/providers/smtp/url.js';

const url = 'smtp://user:s3cret@mail.example:587';

type Inputs = NonNullable<ConfigInput['providers']>;
const made = (...providers: Inputs): ReturnType<typeof createProviders> =>
  createProviders(parseConfig({ providers }, 'test').providers);

function mistake(...configs: Inputs): string {
  try {
    made(...configs);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
}

describe('the providers of a config', () => {
  test('are there by name, and the sandbox always is', () => {
    const all = made(
      { name: 'main', type: 'smtp', url },
      { name: 'capture', type: 'capture', url: 'smtp://127.0.0.1:1' },
    );
    expect([...all.keys()].sort()).toEqual(['capture', 'main', 'sandbox']);
    expect([...all].every(([name, provider]) => provider.name === name)).toBe(true);
    expect(all.get('main')?.describe()).toBe('smtp://mail.example:587');
  });

  test('describe the port that is used where the URL names none', () => {
    const all = made(
      { name: 'a', type: 'smtp', url: 'smtp://u:s3cret@mail.example' },
      { name: 'b', type: 'smtp', url: 'smtps://u:s3cret@mail.example' },
    );
    expect(all.get('a')?.describe()).toBe('smtp://mail.example:587');
    expect(all.get('b')?.describe()).toBe('smtps://mail.example:465');
  });

  test('may say that the sandbox is one of them', () => {
    expect([...made({ name: 'sandbox', type: 'sandbox' }).keys()]).toEqual(['sandbox']);
  });

  test.each([
    ['no url', [{ name: 'main', type: 'smtp' as const }], /provider main: .*needs a url/u],
    [
      'a name twice',
      [
        { name: 'main', type: 'smtp' as const, url },
        { name: 'main', type: 'smtp' as const, url },
      ],
      /main .*twice/u,
    ],
    ['a reserved name', [{ name: 'sandbox', type: 'smtp' as const, url }], /sandbox is reserved/u],
    [
      'another scheme',
      [{ name: 'main', type: 'smtp' as const, url: 'https://u:s3cret@mail.example' }],
      /main: url must look like/u,
    ],
    ['no host', [{ name: 'main', type: 'smtp' as const, url: 'smtp://' }], /main: url must look like/u],
    [
      'a parameter that logs mail',
      [{ name: 'main', type: 'smtp' as const, url: `${url}?logger=true` }],
      /may only have the parameters/u,
    ],
    [
      'a parameter that repeats mail',
      [{ name: 'main', type: 'smtp' as const, url: `${url}?maxRequeues=5` }],
      /may only have the parameters/u,
    ],
    [
      'a bad secret',
      [{ name: 'main', type: 'smtp' as const, url, webhookSecret: 's3cret-not-base64!' }],
      /main: webhookSecret must be/u,
    ],
  ])('with %s are refused in a line that shows no secret', (_, configs, message) => {
    const said = mistake(...configs);
    expect(said).toMatch(message);
    expect(said).not.toContain('s3cret');
    expect(said.split('\n')).toHaveLength(1);
  });
});

describe('an SMTP URL', () => {
  test.each([
    ['smtp://u:p@mail.example', true],
    ['smtp://u:p@127.0.0.2:25', false],
    ['smtp://u:p@localhost:25', false],
    ['smtp://mail.example', false],
    ['smtps://u:p@mail.example', false],
    ['smtp://u:p@mail.example?requireTLS=false', false],
    ['smtp://mail.example?requireTLS=true', true],
  ])('%s asks for STARTTLS before a login that leaves this machine: %s', (address, required) => {
    expect(poolOptions('main', address).requireTLS).toBe(required);
  });

  test('cannot make the pool log, repeat a message or linger after the end of a lease', () => {
    expect(poolOptions('main', `${url}?name=here&maxConnections=3`)).toMatchObject({
      name: 'here',
      maxConnections: 3,
      maxRequeues: 0,
      socketCloseTimeout: 0,
      logger: false,
      debug: false,
      transactionLog: false,
    });
  });

  test('with an unescaped password is refused without a piece of it', () => {
    const said = mistake({ name: 'main', type: 'smtp', url: 'smtp://user:12?s3cret@mail.example' });
    expect(said).toMatch(/%3F/u);
    expect(said).not.toContain('s3cret');
  });
});
