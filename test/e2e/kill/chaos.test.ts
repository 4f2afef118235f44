/**
 * @module `npm run chaos`, in small: real processes killed with -9 while emails stand at the named points of a send,
 * over two providers; and the count of what was lost and what came twice.
 */
import { expect } from 'vitest';
import { POINTS, STRETCHES, VICTIMS, type Victim } from '../../../scripts/chaos/points.js';
import { chaos } from '../../../scripts/chaos/run.js';
import { verifies } from '../../support/requirements.js';

const SEED = 4;

verifies(
  'send:once/any-kill',
  'with somebody killed at every named point of a send, over SMTP and an HTTP API, nothing is lost and nothing comes twice',
  async () => {
    const said: string[] = [];
    const victimOf = (i: number): Victim => VICTIMS[i % VICTIMS.length] ?? 'worker';
    const result = await chaos({
      ...{ runs: 1, emails: 12, seed: SEED, secondsLimit: 120, providers: ['smtp', 'postmark'] },
      // Each stretch of the way with another victim; the whole matrix takes minutes.
      blows: STRETCHES.map((stretch, i) => ({ stretch, victim: victimOf(i) })),
      say: (line) => void said.push(line),
    });
    const { tally } = result;
    expect(tally.lost).toEqual([]);
    expect([...tally.unexplainedDuplicates, ...tally.explainedDuplicates]).toEqual([]);
    expect(result.unresolved).toEqual([]);
    expect(result.strange).toEqual([]);
    const there = new Set(result.emails.filter((one) => one.wasThere).map((one) => one.point));
    expect(
      POINTS.map(({ name }) => name).filter((one) => !there.has(one)),
      said.join('\n'),
    ).toEqual([]);
    expect(result.resets.workflows).toBeGreaterThan(0);
    expect(result.resets.activities).toBeGreaterThan(0);
  },
  600_000,
);
