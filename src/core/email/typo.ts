/**
 * @module A mistyped domain of one of the providers where most people have their mail, and what was meant. A short
 * list and one slip of the finger: a longer list would find a "mistake" in every small company's name. Pure.
 */

const PROVIDERS = [
  ...['gmail.com', 'googlemail.com', 'yahoo.com', 'hotmail.com', 'outlook.com', 'live.com', 'icloud.com'],
  ...['aol.com', 'zoho.com', 'protonmail.com', 'fastmail.com', 'gmx.net', 't-online.de', 'orange.fr'],
  ...['wanadoo.fr', 'comcast.net', 'verizon.net'],
];

/** Shorter names are too near to too many others: `live.com` to `love.com`. */
const SHORTEST_NAME = 5;

/** The domain that was probably meant, or null. `domain` is normalised. */
export function meantDomain(domain: string): string | null {
  if (PROVIDERS.includes(domain)) return null;
  return PROVIDERS.find((one) => isSlip(domain, one)) ?? null;
}

/** One slip in the name (`gmial.com`) or one in its ending (`gmail.cmo`), not one in each. */
function isSlip(written: string, meant: string): boolean {
  const [name, ending] = halves(written);
  const [meantName, meantEnding] = halves(meant);
  if (ending === meantEnding) return meantName.length >= SHORTEST_NAME && isOneSlip(name, meantName);
  // Another ending is another country (`yahoo.es`), unless it is of the same letters: `.con` for `.com`.
  return name === meantName && meantEnding.length > 2 && ending.length > 2 && isOneSlip(ending, meantEnding);
}

const halves = (domain: string): [name: string, ending: string] => {
  const dot = domain.indexOf('.');
  return [domain.slice(0, dot), domain.slice(dot + 1)];
};

/**
 * One letter more, one fewer, another one, or two neighbours that changed places; the first one is seldom it
 * (`mail.com` and `email.com` are no gmail.com).
 */
function isOneSlip(written: string, meant: string): boolean {
  if (written[0] !== meant[0] || written === meant) return false;
  let start = 0;
  while (start < meant.length && written[start] === meant[start]) start++;
  const [rest, meantRest] = [written.slice(start), meant.slice(start)];
  return (
    rest.slice(1) === meantRest.slice(1) ||
    rest.slice(1) === meantRest ||
    rest === meantRest.slice(1) ||
    (rest[0] === meantRest[1] && rest[1] === meantRest[0] && rest.slice(2) === meantRest.slice(2))
  );
}
