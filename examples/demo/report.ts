/** @module What the demo prints: each proof as it is made, and the table at the end. */

type Say = (line: string) => void;

interface Result {
  id: string;
  status: string;
}

/** Compares, prints, and remembers what did not hold. */
export class Proof {
  failures = 0;
  constructor(private readonly say: Say) {}

  equal(what: string, actual: unknown, expected: unknown): void {
    const holds = actual === expected;
    if (!holds) this.failures += 1;
    this.say(
      `   ${holds ? '✓' : '✗'} ${what}: ${String(actual)}${holds ? '' : ` (expected ${String(expected)})`}`,
    );
  }
}

export class Report {
  readonly #rows: { title: string; proven: boolean; result: Result; seconds: string }[] = [];
  constructor(readonly say: Say) {}

  async step(title: string, run: (proof: Proof) => Promise<Result>): Promise<void> {
    const number = this.#rows.length + 1;
    this.say(`${number}. ${title}`);
    const proof = new Proof(this.say);
    const since = performance.now();
    let result: Result = { id: '–', status: '–' };
    try {
      result = await run(proof);
      this.say(`   ${result.id}: ${result.status}`);
    } catch (error) {
      proof.failures += 1;
      this.say(`   ✗ ${(error as Error).message}`);
    }
    this.#rows.push({
      title,
      proven: proof.failures === 0,
      result,
      seconds: ((performance.now() - since) / 1000).toFixed(1),
    });
  }

  /** Prints the table; the exit code: 0 where every proof held. */
  finish(): number {
    this.say('');
    const width = Math.max(...this.#rows.map((row) => row.title.length));
    for (const [i, { title, proven, result, seconds }] of this.#rows.entries())
      this.say(
        `${proven ? '✓' : '✗'} ${String(i + 1).padStart(2)}  ${title.padEnd(width)}  ${result.status.padEnd(10)} ${seconds.padStart(5)} s  ${result.id.slice(0, 16)}`,
      );
    const failed = this.#rows.filter((row) => !row.proven).length;
    this.say(
      failed === 0
        ? `\nAll ${this.#rows.length} proofs hold.`
        : `\n${failed} of ${this.#rows.length} failed.`,
    );
    return failed === 0 ? 0 : 1;
  }
}
