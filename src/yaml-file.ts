/**
 * @module A YAML file that people write by hand: its value, and the line on which each part of it stands. Pure. No error
 * quotes the text: a secret may stand in it.
 */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type ErrorCode,
} from 'yaml';

export interface YamlFile {
  /** Null where the file is empty. Keys are strings. */
  value: unknown;
  /**
   * `<name>:<line>` of a field such as `providers[0].apiKey`: where its key stands, or, where it is not there, what is
   * around it; `<name>` alone where nothing of it is there.
   */
  placeOf: (field: string) => string;
}

/** `name`: what people know the file by. @throws SyntaxError `<name>:<line>: <what is wrong>`. */
export function readYaml(text: string, name: string): YamlFile {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const at = (offset: number | undefined): string =>
    offset === undefined ? name : `${name}:${lines.linePos(offset).line}`;
  // What is only a warning to the parser, such as a tag that it does not know, is read as something else than was meant.
  const wrong = doc.errors[0] ?? doc.warnings[0];
  if (wrong !== undefined)
    throw new SyntaxError(`${at(wrong.pos[0])}: is not valid YAML: ${wordsOf(wrong.code, wrong.message)}`);
  const dangling = danglingAlias(doc);
  if (dangling !== undefined)
    throw new SyntaxError(
      `${at(dangling)}: is not valid YAML: an alias without its anchor; quote a text that begins with *`,
    );
  return { value: valueOf(doc, name), placeOf: (field) => at(offsetOf(doc, field)) };
}

/** The parser quotes what it found in these. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  TAG_RESOLVE_FAILED: 'tags are not understood here; quote a text that begins with !',
  BAD_DIRECTIVE: 'directives are not understood here; quote a text that begins with %',
  BAD_DQ_ESCAPE: 'an escape that there is not; put a text with backslashes into single quotes',
  MULTIPLE_DOCS: 'more than one document; remove what follows the second ---',
  NON_STRING_KEY: 'a key that is no text',
};

/** In its other messages what it quotes follows a colon. */
const wordsOf = (code: ErrorCode, message: string): string =>
  WORDS[code] ?? (message.split('\n')[0] ?? '').replace(/(?<=\S): .*$/u, '');

function danglingAlias(doc: Document.Parsed): number | undefined {
  let found: number | undefined;
  visit(doc, {
    Alias(_, alias) {
      if (alias.resolve(doc) !== undefined) return undefined;
      found = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

function valueOf(doc: Document.Parsed, name: string): unknown {
  try {
    return doc.toJS() as unknown;
  } catch {
    throw new SyntaxError(`${name}: is not valid YAML: its aliases stand for too much`);
  }
}

/** As far down as the field is there. */
function offsetOf(doc: Document.Parsed, field: string): number | undefined {
  let node: unknown = doc.contents;
  let offset: number | undefined;
  for (let rest = field; rest !== '';) {
    if (isAlias(node)) node = node.resolve(doc);
    const step = isMap(node) ? inMap(node.items, rest) : isSeq(node) ? inList(node.items, rest) : undefined;
    if (step === undefined) break;
    ({ node, rest } = step);
    offset = step.offset ?? offset;
  }
  return offset;
}

interface Step {
  node: unknown;
  offset: number | undefined;
  rest: string;
}

/** As core/email/problem.ts cuts them. */
const LONGEST_KEY = 80;

/** A key may have dots in it, so the longest that fits is meant. */
function inMap(pairs: readonly { key: unknown; value: unknown }[], field: string): Step | undefined {
  const text = field.replace(/^\./u, '');
  const fits = pairs
    .flatMap(({ key, value }) =>
      isScalar(key) ? [{ key: String(key.value).slice(0, LONGEST_KEY), offset: key.range?.[0], value }] : [],
    )
    .filter(({ key }) => key !== '' && text.startsWith(key) && /^($|[.[])/u.test(text.slice(key.length)))
    .sort((a, b) => b.key.length - a.key.length)[0];
  return fits && { node: fits.value, offset: fits.offset, rest: text.slice(fits.key.length) };
}

function inList(items: readonly unknown[], field: string): Step | undefined {
  const index = /^\[(\d+)\]/u.exec(field);
  const item = items[Number(index?.[1] ?? -1)];
  if (index === null || item === undefined) return undefined;
  return {
    node: item,
    offset: isNode(item) ? item.range?.[0] : undefined,
    rest: field.slice(index[0].length),
  };
}
