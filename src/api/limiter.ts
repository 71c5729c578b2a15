/** Counts what is under way, up to a limit. */

export interface Limiter {
  /** A function that gives the place back (once), or undefined when all are taken. */
  take(): (() => void) | undefined;
}

export function limiter(max: number): Limiter {
  let taken = 0;
  return {
    take: () => {
      if (taken >= max) return undefined;
      taken += 1;
      let held = true;
      return () => {
        if (held) taken -= 1;
        held = false;
      };
    },
  };
}
