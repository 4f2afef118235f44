/** @module So many at once under each name, and no more. */

export interface Slots {
  /** Gives the slot back, however often it is called; null where none is free. */
  take(name: string): (() => void) | null;
}

export function slots(most: number): Slots {
  const taken = new Map<string, number>();
  return {
    take(name) {
      const count = taken.get(name) ?? 0;
      if (count >= most) return null;
      taken.set(name, count + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (taken.get(name) ?? 1) - 1;
        if (left === 0) taken.delete(name);
        else taken.set(name, left);
      };
    },
  };
}
