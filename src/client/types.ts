/** @module What the client looks like to TypeScript: a function for each operation, typed by the table. */
import type { InputOf, OPERATIONS, OperationName, OutputOf } from '../service/operations.js';
import type { CallOptions } from './options.js';
import type { StreamOptions } from './stream.js';
import type { WaitInput } from './wait.js';

/** What happened, as webhooks, `events.list` and `events.stream` tell it. */
export type MailwardenEvent = OutputOf<Extract<OperationName, 'events.get'>>;

type Nouns = OperationName extends infer N ? (N extends `${infer Noun}.${string}` ? Noun : never) : never;
type NamesOf<Noun extends string> = Extract<OperationName, `${Noun}.${string}`>;
type VerbOf<N extends string> = N extends `${string}.${infer Verb}` ? Verb : never;

/** The input may be left out where nothing in it is required. */
type Arguments<Input, Options> =
  Partial<Input> extends Input ? [input?: Input, options?: Options] : [input: Input, options?: Options];

type Call<N extends OperationName> = (typeof OPERATIONS)[N] extends { gives: 'events' }
  ? (...given: Arguments<InputOf<N>, StreamOptions>) => AsyncGenerator<OutputOf<N>, void, undefined>
  : (...given: Arguments<InputOf<N>, CallOptions>) => Promise<OutputOf<N>>;

/** The lists, and what the sequence of their items is called. */
type EachName<N extends OperationName> =
  OutputOf<N> extends { items: unknown[] }
    ? VerbOf<N> extends 'list'
      ? 'each'
      : VerbOf<N> extends 'deliveries'
        ? 'eachDelivery'
        : never
    : never;
type ItemOf<N extends OperationName> = OutputOf<N> extends { items: (infer Item)[] } ? Item : never;
type Each<N extends OperationName> = (
  ...given: Arguments<InputOf<N>, CallOptions>
) => AsyncGenerator<ItemOf<N>, void, undefined>;

interface Waiting {
  /** The email as soon as it is so far, or as it is when the time is up: its status tells. */
  wait(input: WaitInput, options?: CallOptions): Promise<OutputOf<'messages.get'>>;
}

/** `client.messages.send({ … })`, `for await (const one of client.messages.each())`, … */
export type MailwardenClient = {
  [Noun in Nouns]: { [N in NamesOf<Noun> as VerbOf<N>]: Call<N> } & {
    [N in NamesOf<Noun> as EachName<N>]: Each<N>;
  } & (Noun extends 'messages' ? Waiting : unknown);
};
