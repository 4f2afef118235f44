/** @module A gate at which racers wait for each other, so that they really meet. */

export interface Gate {
  /** Resolves when `count` have come; whoever comes later passes at once. */
  arrive(): Promise<void>;
  arrived(): number;
  /** Lets everybody through who waits, and who comes. */
  open(): void;
}

/** `count` Infinity is a gate that only `open` opens. */
export function gate(count = Infinity): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let arrived = 0;
  return {
    async arrive() {
      arrived += 1;
      if (arrived >= count) open();
      await opened;
    },
    arrived: () => arrived,
    open: () => open(),
  };
}
