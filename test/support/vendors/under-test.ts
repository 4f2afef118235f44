/** @module The provider of a vendor and the vendor's fake, as each of them is set up for a test and ended after it. */
import { onTestFinished } from 'vitest';
import { parseConfig, type ConfigInput, type ProviderConfigOf } from '../../../src/config.js';
import type { ProviderDependencies } from '../../../src/providers/index.js';
import type { Provider } from '../../../src/providers/provider.js';
import type { ProviderUnderTest } from '../../contracts/provider.js';
import { readableLog } from '../log.js';
import type { Vendor } from './vendor.js';

export interface VendorUnderTest<Fake extends Vendor = Vendor> {
  provider: Provider;
  fake: Fake;
  /** Everything that was logged, a line each. */
  logged: () => string;
  /** Credentials that may not show anywhere. */
  secrets: string[];
}

type Type = 'http' | 'mailgun' | 'postmark' | 'resend' | 'sendgrid' | 'ses';
type InputOf<T extends Type> = Extract<NonNullable<ConfigInput['providers']>[number], { type: T }>;

export interface VendorSetUp<T extends Type, Fake extends Vendor> {
  /** What every provider of the file has in its config. */
  config: InputOf<T>;
  create: (config: ProviderConfigOf<T>, deps: ProviderDependencies) => Provider;
  startFake: () => Promise<Fake>;
  secrets: string[];
}

export function vendorSetUp<T extends Type, Fake extends Vendor>({
  config,
  create,
  startFake,
  secrets,
}: VendorSetUp<T, Fake>) {
  /** A provider with other settings, closed after the test. */
  function providerAt(settings: Partial<InputOf<T>>, deps: ProviderDependencies = {}): Provider {
    const { providers } = parseConfig({ providers: [{ ...config, ...settings }] }, 'test');
    const provider = create(providers[0] as ProviderConfigOf<T>, deps);
    onTestFinished(async () => await provider.close?.());
    return provider;
  }

  /** The same at a fake of its own, which stops after the test. */
  async function started(settings: Partial<InputOf<T>> = {}): Promise<VendorUnderTest<Fake>> {
    const fake = await startFake();
    onTestFinished(() => fake.stop());
    const { log, logged } = readableLog();
    return { fake, provider: providerAt({ url: fake.url, ...settings }, { log }), logged, secrets };
  }

  return { providerAt, started };
}

/** The same for the contract of every provider. */
export const contractOf = (
  { provider, fake, secrets }: VendorUnderTest,
  webhook: ProviderUnderTest['webhook'] = null,
): ProviderUnderTest => ({
  ...{ provider, secrets, webhook },
  arrived: () => fake.taken.length,
  stop: () => fake.stop(),
});
