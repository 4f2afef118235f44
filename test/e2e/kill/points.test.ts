/**
 * @module A worker process killed with SIGKILL at each named point of a delivery, counted by a real SMTP
 * server: never twice, and `unknown` exactly where nobody can know.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { verifies } from '../../support/requirements.js';
import { POINTS, type Point } from './points.js';
import { setScene, type Fate, type Scene } from './scene.js';

/** Several run at once (vitest's maxConcurrency), each with workers of its own, on cores that others use too. */
const EACH_WITHIN = 120_000;

let scene: Scene;
beforeAll(async () => {
  scene = await setScene();
});
afterAll(() => scene.stop());

describe.concurrent('a worker killed', () => {
  for (const point of POINTS) {
    const outcome = `${point.ends}, taken ${point.received === 1 ? 'once' : 'never'}`;
    verifies(
      'send:once/any-kill',
      `${point.title}: ${point.crowd ? 'each is sent or unknown, none twice' : outcome}`,
      async () => expectFates(await scene.play(point), point),
      EACH_WITHIN,
    );
  }
});

function expectFates(fates: readonly Fate[], point: Point): void {
  expect(fates.length).toBeGreaterThan(0);
  for (const { detail, received, result } of fates) {
    expect(received).toBeLessThanOrEqual(1);
    expect(result).toBe(detail.status);
    expect(detail.recipients.map((one) => one.status)).toEqual([detail.status]);
    // Nobody was asked to carry again what may have been carried before.
    const open = detail.attempts.filter((one) => one.outcome === null || one.outcome === 'accepted');
    expect(open).toHaveLength(1);
    if (point.report) expect(detail.reports).toMatchObject([{ type: 'delivered' }]);
  }
  if (point.crowd) expectCrowd(fates, point);
  else
    expect(fates.map(({ detail, received }) => ({ status: detail.status, received }))).toEqual([
      { status: point.ends, received: point.received },
    ]);
}

/** The one at which the worker died is sure; the others were wherever they were. */
function expectCrowd(fates: readonly Fate[], { ends, received }: Point): void {
  for (const { detail, received: count } of fates) {
    expect(['sent', 'unknown']).toContain(detail.status);
    if (detail.status === 'sent') expect(count).toBe(1);
  }
  expect(
    fates.filter((one) => one.detail.status === ends && one.received === received).length,
  ).toBeGreaterThanOrEqual(1);
}
