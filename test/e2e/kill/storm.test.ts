/**
 * @module `npm run kill`, in small: real processes under load, killed with -9 and started again, and then the
 * count of what was lost and what came twice.
 */
import { expect } from 'vitest';
import { storm } from '../../../scripts/kill/run.js';
import { verifies } from '../../support/requirements.js';

/** Hits a worker, then everything, then PostgreSQL. */
const SEED = 21;

verifies(
  'send:once',
  'three kills under load, of everything at once among them: nothing is lost, nothing comes twice',
  async () => {
    const result = await storm({ runs: 3, seed: SEED, secondsLimit: 60, rate: 5, say: () => undefined });
    expect(result.kills).toMatchObject({ all: 1 });
    expect(result.accepted).toBeGreaterThan(0);
    expect(result.lost).toEqual([]);
    expect([...result.unexplainedDuplicates, ...result.explainedDuplicates]).toEqual([]);
    expect(result.unknown.unresolved).toEqual([]);
    expect(result.strange).toEqual([]);
  },
  600_000,
);
