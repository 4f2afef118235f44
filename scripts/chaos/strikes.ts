/** @module One kill after the other: emails are sent to the points of a stretch, wait there, and somebody is killed. */
import { shuffled, sleep, type Chance } from '../kill/chance.js';
import { TARGETS, type House, type Target } from '../kill/house.js';
import type { Crossing } from './ambush.js';
import { isAt, type Point, type Stretch, type Victim } from './points.js';
import { BACKUP, type Scene } from './scene.js';
import type { Email, Traffic } from './traffic.js';

export interface Blow {
  stretch: Stretch;
  victim: Victim;
}

/** Milliseconds: until the first email must have come to its point; and how long what was killed stays down. */
const COMES_WITHIN = 15_000;
const DOWN = [0, 400] as const;

const WORKERS: readonly Target[] = TARGETS.filter((one) => one.startsWith('worker'));

export class Strikes {
  kills = 0;
  /** How often emails came to a point for a victim, by provider and over all. */
  readonly #times = new Map<string, number>();

  constructor(
    private readonly scene: Scene,
    private readonly traffic: Traffic,
    private readonly options: { slots: number; runs: number },
    private readonly chance: Chance,
  ) {}

  /** Nobody is sent where everybody was often enough. */
  async strike({ stretch, victim }: Blow): Promise<{ there: number; sent: number }> {
    const { scene } = this;
    const { ambush, house } = scene;
    const providers = this.#providersFor(stretch);
    const goals = providers.flatMap((provider) => this.#next(provider, stretch, victim));
    if (goals.length === 0) return { there: 0, sent: 0 };
    if (stretch.needs === 'refusal') for (const one of providers) await scene.refuse(one, true);
    const points = new Map<number, { email: Email; point: Point }>();
    for (const { point, provider, slot } of goals) {
      const email = this.traffic.send({ provider, slot, point: point.name, victim, needs: stretch.needs });
      points.set(email.number, { email, point });
    }
    ambush.lay({
      emails: [...points.keys()],
      fits(crossing) {
        const of = points.get(crossing.email);
        return of !== undefined && isAt(of.point, of.email.provider, crossing);
      },
      cuts: ({ what }) => stretch.needs === 'silence' && what.startsWith('reply '),
    });
    const caught = await ambush.caught(COMES_WITHIN);
    const targets = caught.length === 0 ? [] : targetsOf(victim, caught);
    try {
      await house.kill(targets);
    } finally {
      ambush.spring(targets);
    }
    if (stretch.needs === 'refusal') for (const one of providers) await scene.refuse(one, false);
    for (const one of caught) {
      const email = points.get(one.email)?.email;
      if (email !== undefined) email.wasThere = true;
    }
    for (const { email } of points.values())
      if (!email.wasThere) this.#count(email.point, victim, email.provider, -1);
    this.kills += targets.length > 0 ? 1 : 0;
    await sleep(this.chance.between(...DOWN));
    await house.start(targets);
    await works(house, targets);
    return { there: caught.length, sent: goals.length };
  }

  #providersFor({ needs }: Stretch): string[] {
    const { fakes } = this.scene;
    return [...fakes.keys()].filter(
      (one) => one !== BACKUP && (needs !== 'silence' || fakes.get(one)?.isSearchable === true),
    );
  }

  /** For each of the provider's mailboxes the point at which it was least often, and then the others. */
  #next(
    provider: string,
    { points }: Stretch,
    victim: Victim,
  ): { provider: string; slot: number; point: Point }[] {
    const { slots, runs } = this.options;
    const all = (point: Point): string => `${point.name} ${victim}`;
    const own = (point: Point): string => `${all(point)} ${provider}`;
    const times = (key: string): number => this.#times.get(key) ?? 0;
    return Array.from({ length: slots }, (_, slot) => slot).flatMap((slot) => {
      const open = shuffled(points, this.chance).filter((one) => times(own(one)) < runs);
      const [point] = open.sort((a, b) => times(own(a)) - times(own(b)) || times(all(a)) - times(all(b)));
      if (point === undefined) return [];
      this.#count(point.name, victim, provider, 1);
      return [{ provider, slot, point }];
    });
  }

  #count(point: string, victim: Victim, provider: string, by: 1 | -1): void {
    for (const key of [`${point} ${victim}`, `${point} ${victim} ${provider}`])
      this.#times.set(key, (this.#times.get(key) ?? 0) + by);
  }
}

/** A worker: each at which an email stands; where none of them sees the point, both. */
function targetsOf(victim: Victim, caught: readonly Crossing[]): readonly Target[] {
  if (victim === 'database') return ['postgres'];
  if (victim !== 'worker') return [victim];
  const there = WORKERS.filter((one) => caught.some((crossing) => crossing.process === one));
  return there.length > 0 ? there : WORKERS;
}

/** Waits until what is needed works again: of the workers one is enough, and the other starts meanwhile. */
async function works(house: House, started: readonly Target[]): Promise<void> {
  const isUp = async (one: Target): Promise<void> => {
    if (!(await house.up([one]))) throw new Error(`${one} is not up again:\n${house.lastWords(one)}`);
  };
  const others = started.filter((one) => !WORKERS.includes(one));
  await Promise.all([...others.map(isUp), Promise.any(WORKERS.map(isUp))]);
}
