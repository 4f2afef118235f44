/** @module What the commands that kill read from their command line, and how a person ends one. */

/** @throws where it is none from 1 to `most`. */
export function wholeNumber(option: string, given: string, most: number): number {
  const number = Number(given);
  if (!Number.isInteger(number) || number < 1 || number > most)
    throw new Error(`--${option} must be a whole number from 1 to ${most}`);
  return number;
}

/** The first signal ends the kills, so that what there is gets counted; the second ends all. */
export function onSignal(endKills: () => void): void {
  let signals = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if ((signals += 1) > 1) process.exit(130);
      endKills();
    });
}
