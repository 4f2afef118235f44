/**
 * @module What Mailwarden promises (DESIGN §7), as data. A promise is kept by tests that cite its id
 * (`verifies('send:once', …)`); one that has none yet names the issue that brings them. test/coverage.test.ts
 * fails on a promise that is neither, so that nothing is promised in silence.
 */

export interface Requirement {
  sentence: string;
  /** The number of the issue that will bring the test; absent once a test cites the promise. */
  open?: number;
}

/** The nine promises, each followed by what it means in particular. */
export const REQUIREMENTS = {
  'send:once': {
    sentence:
      'Nothing sends the same message twice, whatever is killed or reset and when, except where the outcome is recorded unknown.',
  },
  'send:once/same-id': { sentence: 'The same key of the same mailbox names the same email for ever.' },
  'send:once/no-way-back': {
    sentence: 'Only a proven "not sent" makes a claimed recipient ready for another try.',
  },
  'send:once/lost-answer': {
    sentence: 'A retry that finds a claim without a receipt records unknown and does not send.',
  },
  'send:once/any-kill': {
    sentence: 'Any process killed at any point of a delivery leads to no second email.',
  },
  'send:once/reset': { sentence: 'A workflow that is reset does not send what was claimed before.' },
  'send:once/races': {
    sentence: 'Racing starts, claims and retries of one message send one email.',
  },

  'send:none-lost': {
    sentence: 'What was answered 2xx reaches a final state after any crash of any process.',
  },
  'send:none-lost/no-worker': {
    sentence: 'What is accepted while no worker runs is answered queued, and delivered when one runs.',
  },
  'send:none-lost/outage': {
    sentence: 'An outage of the database or of Temporal loses nothing that was answered.',
  },

  'send:none-lost/terminated': {
    sentence: 'What a terminated, reset or deleted workflow leaves behind is settled by the sweep.',
  },

  'approval:exact': {
    sentence: 'What leaves is byte for byte what was judged and approved; any change voids the approval.',
  },
  'approval:exact/digest': { sentence: 'Every change of what a reader or a server sees changes the digest.' },
  'approval:exact/canonical': {
    sentence: 'The digest is over the RFC 8785 form, so that the order of keys never matters.',
  },
  'approval:exact/edit-voids': { sentence: 'An edit voids the approval of the revision before it.' },

  'approval:fail-closed': {
    sentence: 'No answer, bad answer, replayed answer, own answer: not sent.',
  },
  'approval:fail-closed/sealed': {
    sentence: 'A decision that was damaged, made for another purpose or sealed by a stranger is refused.',
  },
  'approval:fail-closed/deadline': { sentence: 'A held email that nobody answers expires.' },
  'approval:fail-closed/own': { sentence: 'Nobody approves what they submitted themselves.' },
  'approval:fail-closed/races': {
    sentence: 'Opposite decisions at the same moment: one wins, and both are told which.',
  },

  'policy:before-wire': {
    sentence:
      'No path reaches a provider without a recorded allow or a valid decision, judged again at release.',
  },
  'policy:before-wire/strongest': {
    sentence: 'The strongest finding decides, in whatever order the rules stand: deny, review, wait.',
  },
  'policy:before-wire/new-reason': {
    sentence: 'A decision settles the findings that it saw; another finding holds the email again.',
  },
  'policy:before-wire/each-rule': { sentence: 'Each rule says for each email what it found.' },

  'suppress:always': {
    sentence:
      'A hard bounce or complaint stops the next send to that address, from any mailbox in scope, once its webhook was answered.',
  },
  'suppress:always/spelling': {
    sentence: 'Case, a +tag or the spelling of the domain does not get around a suppression.',
  },
  'suppress:always/after-admission': {
    sentence: 'A suppression made after admission reaches mail that still waits.',
  },

  'feedback:once': {
    sentence: 'A webhook delivered 1 or 100 times, in any order, has one effect. A forged one has none.',
  },
  'feedback:once/any-order': { sentence: 'Reports in any order lead to the same state of each recipient.' },
  'feedback:once/forward': { sentence: 'A report only ever moves a recipient forward.' },

  'secrets:nowhere': {
    sentence: 'No key, token, body or address in logs, metrics, ids, errors, or in clear in Temporal.',
  },
  'secrets:nowhere/sealed': { sentence: 'Nothing of what is sealed can be read in the seal.' },
  'secrets:nowhere/ids': { sentence: 'No address or key can be read in an id.' },
  'secrets:nowhere/verdict': { sentence: 'No address or text stands in a verdict.' },
  'secrets:nowhere/config': {
    sentence: 'A secret stands in the environment or a file of its own, and in no error.',
  },

  'input:clear-error': {
    sentence:
      'Bad input gets a 4xx that says what, where and how to mend it; never a 5xx, never a half-done effect.',
  },
  'input:clear-error/total': { sentence: 'Whatever JSON is given, it is parsed or refused, never a crash.' },
  'input:clear-error/one-line': {
    sentence: 'No control character gets into anything that becomes part of a header.',
  },
  'input:clear-error/hint': { sentence: 'A field with a wrong name is told the right one.' },
  'input:clear-error/address': {
    sentence: 'An address is judged by its syntax as RFC 5321 and 6531 have it.',
  },
  'input:clear-error/config': { sentence: 'A wrong setting is named, with what it must be.' },
} as const satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof REQUIREMENTS;
