/**
 * @module The AWS SDK as far as we need it: it finds credentials, knows the hosts, and signs. Loaded with the first call,
 * because it takes a while and most never need it; one client for all calls.
 *
 * The signed request is not the SDK's to send. Its handlers cannot say whether a call that failed had an effect, so
 * each goes out by http-call.ts, which proves it, and what came back is read from there. By a middleware and not as
 * `requestHandler`: that one the SDK also uses to ask for credentials.
 */
import type * as sdkTypes from '@aws-sdk/client-sesv2';
import type { SESv2Client, SESv2ClientConfig } from '@aws-sdk/client-sesv2';
import type { ProviderConfigOf } from '../../provider-config.js';
import {
  createHttpCaller,
  type HttpAnswer,
  type HttpCall,
  type HttpCaller,
  type HttpFailure,
} from '../vendor/http-call.js';

export type Sdk = typeof sdkTypes;
type Outcome = HttpAnswer | HttpFailure;
type How = Pick<HttpCall, 'signal' | 'beforeWire'>;

interface SesClient {
  /**
   * Has `send` make one call with this input. Never throws: where no request could be made (no credentials, say), that
   * is a failure `before`.
   */
  call<Input extends object>(
    input: Input,
    send: (sdk: Sdk, client: SESv2Client, input: Input) => Promise<unknown>,
    how: How,
  ): Promise<Outcome>;
  close(): void;
}

/** What the SDK hands on when it has signed, as far as it matters here. */
interface SignedRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

const NOT_SIGNED: HttpFailure = { failed: 'before', reason: 'config', code: 'NOT_SIGNED' };
const ABORTED: HttpFailure = { failed: 'before', reason: 'timeout', code: 'ABORTED' };

export function createSesClient(config: ProviderConfigOf<'ses'>): SesClient {
  const callers = new Map<string, HttpCaller>();
  /** What is under way, by the input that the SDK brings back with each request; gone once it was carried. */
  const waiting = new WeakMap<object, (request: SignedRequest) => Promise<Outcome>>();
  let loading: Promise<{ sdk: Sdk; client: SESv2Client }> | null = null;

  async function load(): Promise<{ sdk: Sdk; client: SESv2Client }> {
    const sdk = await import('@aws-sdk/client-sesv2');
    const client = new sdk.SESv2Client(optionsOf(config));
    client.middlewareStack.add(
      () => async (args) => {
        const carry = waiting.get(args.input);
        // Whatever makes the SDK try again: there is one call.
        if (carry === undefined) throw new Error('this call was made already');
        waiting.delete(args.input);
        const outcome = await carry(args.request as SignedRequest);
        if ('failed' in outcome) throw new Error(outcome.code);
        // The SDK reads it as well: it sets its clock by the answer.
        const { status, headers, text } = outcome;
        return {
          response: { statusCode: status, headers: { ...headers }, body: Buffer.from(text) },
        };
      },
      { step: 'deserialize', priority: 'low', name: 'carryByHttpCall' },
    );
    return { sdk, client };
  }

  function callerFor({ protocol, hostname, port }: SignedRequest): HttpCaller {
    const base = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
    const caller = callers.get(base) ?? createHttpCaller({ base });
    callers.set(base, caller);
    return caller;
  }

  return {
    async call(input, send, { signal, beforeWire }) {
      let outcome: Outcome = NOT_SIGNED;
      const carry = async (request: SignedRequest): Promise<Outcome> => {
        const { method, path, headers, body = '' } = request;
        signal.removeEventListener('abort', giveUp);
        outcome = await callerFor(request).call({
          ...{ method: method === 'GET' ? 'GET' : 'POST', path, headers, body },
          ...{ signal, beforeWire },
        });
        return outcome;
      };
      // Looking for credentials may take its time; once there is a request, its own call knows how it ends.
      let giveUp = (): void => undefined;
      const givenUp = new Promise<HttpFailure>((resolve) => (giveUp = () => resolve(ABORTED)));
      signal.addEventListener('abort', giveUp, { once: true });
      const sending = async (): Promise<Outcome> => {
        try {
          const { sdk, client } = await (loading ??= load().catch((error: unknown) => {
            // The next call tries again.
            loading = null;
            throw error;
          }));
          waiting.set(input, carry);
          await send(sdk, client, input);
        } catch {
          // Whatever the SDK makes of it: `outcome` is what happened.
        }
        return outcome;
      };
      return await Promise.race([sending(), givenUp]).finally(() =>
        signal.removeEventListener('abort', giveUp),
      );
    },
    close() {
      for (const caller of callers.values()) caller.close();
      loading?.then(({ client }) => client.destroy()).catch(() => undefined);
    },
  };
}

function optionsOf({ region, url, ...keys }: ProviderConfigOf<'ses'>): SESv2ClientConfig {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  return {
    region,
    maxAttempts: 1,
    ...(url !== undefined && { endpoint: url }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
      }),
  };
}
