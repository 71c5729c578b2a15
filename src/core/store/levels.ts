/**
 * Feature levels (docs/decisions/rolling-upgrade.md): a program knows levels up to its own, and a
 * line is of the level that its state has in force. Who does not know it takes no part.
 */

interface Known {
  readonly level: number;
  readonly featureLevel: number;
}

/** Those that know the level of the newest line here; the others wait for a newer program. */
export function able<T extends Known>(announced: readonly T[]): readonly T[] {
  const wanted = wantedLevel(announced);
  return announced.filter((each) => each.featureLevel >= wanted);
}

export const wantedLevel = (announced: readonly Known[]): number =>
  Math.max(0, ...announced.map((each) => each.level));

/** Why a text of this level is not read by a program that knows less. */
export function tooNew(level: number, known: number): string | undefined {
  if (level <= known) return undefined;
  return (
    `it was written at feature level ${level}, and this program knows ${known}: ` +
    'install the version that the other nodes have'
  );
}
